/** One process of the crew, as the run sees it. */
import { fork } from 'node:child_process';
import type { ChildProcess as NodeProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { ChaosError } from './chaos-error.ts';
import { ChildHealthSchema, ChildStoppingSchema } from './children/settings.ts';
import type { ChildHealth, ChildSettings, Order, Role } from './children/settings.ts';

export interface Child {
	readonly name: string;
	readonly role: Role;
	/** Whether it stands still. */
	readonly isPaused: boolean;
	/** Resolves when it is at work; rejects when it ends before. */
	readonly ready: Promise<void>;
	/** SIGKILL, and resolves when it is gone. */
	kill(): Promise<void>;
	/** It stands still, as a virtual machine does that is moved, until it goes on. */
	pause(): void;
	goOn(): void;
	/** `undefined` when it does not answer in time. */
	health(withinMs: number): Promise<ChildHealth | undefined>;
	/** Lets it finish what is under way; kills it when that takes too long. Resolves with why it did not stop by itself, if it did not. */
	stop(withinMs: number): Promise<string | undefined>;
}

export interface StartChildOptions {
	readonly role: Role;
	readonly settings: ChildSettings;
	/** Flags for Node, such as `--import`. */
	readonly execArgv: readonly string[];
	/** Called when it ends without having been told to. */
	readonly onUnexpectedEnd: (why: string) => void;
}

const MessageSchema = z.union([z.object({ kind: z.literal('ready') }), ChildHealthSchema, ChildStoppingSchema]);
const complaintLength = 2_000;

/** Returns at once; `ready` tells when it is at work. Ends with this process, whatever happens. */
export function startChild(options: StartChildOptions): Child {
	return new ChildProcess(options);
}

class ChildProcess implements Child {
	readonly name: string;
	readonly role: Role;
	readonly ready: Promise<void>;
	readonly #process: NodeProcess;
	readonly #ended: Promise<void>;
	#isToldToEnd = false;
	#isPaused = false;
	#complaints = '';
	#stopping = 'nothing: it was not heard of';
	#tellHealth: (health: ChildHealth) => void = () => undefined;

	constructor({ role, settings, execArgv, onUnexpectedEnd }: StartChildOptions) {
		this.name = settings.name;
		this.role = role;
		const program = fileURLToPath(new URL(`children/${role}.ts`, import.meta.url));
		this.#process = fork(program, [JSON.stringify(settings)], {
			execArgv: [...execArgv],
			// Ctrl-C is for the run, which tells its children itself.
			detached: true,
			stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
		});
		this.#process.stderr?.on('data', (chunk: Buffer) => {
			this.#complaints = (this.#complaints + chunk.toString()).slice(-complaintLength);
		});
		const { promise, resolve, reject } = Promise.withResolvers<undefined>();
		promise.catch(() => undefined);
		this.ready = promise;
		this.#process.on('message', (raw) => {
			const message = MessageSchema.parse(raw);
			if (message.kind === 'ready') resolve(undefined);
			else if (message.kind === 'health') this.#tellHealth(message);
			else this.#stopping = message.part;
		});
		this.#ended = once(this.#process, 'close').then(([code, signal]) => {
			const why = `${this.name} ended with ${String(code ?? signal)}: ${this.#complaints}`;
			reject(new ChaosError(why));
			if (!this.#isToldToEnd) onUnexpectedEnd(why);
		});
	}

	get isPaused(): boolean {
		return this.#isPaused;
	}

	async kill(): Promise<void> {
		this.#isToldToEnd = true;
		this.#process.kill('SIGKILL');
		await this.#ended;
	}

	pause(): void {
		this.#isPaused = true;
		this.#process.kill('SIGSTOP');
	}

	goOn(): void {
		this.#isPaused = false;
		this.#process.kill('SIGCONT');
	}

	health(withinMs: number): Promise<ChildHealth | undefined> {
		const { promise, resolve } = Promise.withResolvers<ChildHealth>();
		this.#tellHealth = resolve;
		this.#tell({ kind: 'health' });
		return within(promise, withinMs);
	}

	async stop(withinMs: number): Promise<string | undefined> {
		this.#isToldToEnd = true;
		this.#tell({ kind: 'stop' });
		const hasEnded = this.#ended.then(() => true);
		const isStopped = (await within(hasEnded, withinMs)) === true;
		if (!isStopped) await this.kill();
		else if (this.#process.exitCode === 0) return undefined;
		const how = isStopped ? `ended with ${String(this.#process.exitCode ?? this.#process.signalCode)}` : 'did not stop';
		return `${this.name} ${how}, stopping ${this.#stopping}: ${this.#complaints}`;
	}

	/** Whoever is gone by now is not told any more. */
	#tell(order: Order): void {
		this.#process.send(order, () => undefined);
	}
}

async function within<Value>(promise: Promise<Value>, withinMs: number): Promise<Value | undefined> {
	const { promise: late, resolve } = Promise.withResolvers<undefined>();
	const timer = setTimeout(() => {
		resolve(undefined);
	}, withinMs);
	try {
		return await Promise.race([promise, late]);
	} finally {
		clearTimeout(timer);
	}
}
