/** A process of its own for everything that is measured: started, asked, and gone when we are. */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { flushCompileCache } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { environmentOfChildren } from './config.ts';

const longestAnswerMs = 600_000;

/** `Request` says what may be asked, by kind; `Answers` what comes back. */
export interface MeasuredProcess<Answers extends object> {
	ask<Kind extends keyof Answers & string>(kind: Kind, parameters?: object): Promise<Answers[Kind]>;
	/** How much processor time it has used, and its memory, without asking it. */
	readonly pid: number;
	stop(): Promise<void>;
}

type Reply = { readonly id: number } & ({ readonly result: unknown } | { readonly error: string });

/** Starts `workers/<name>.ts` and waits until it says that it is ready. */
export async function startProcess<Answers extends object>(
	name: string,
	parameters: object,
	nodeFlags: readonly string[] = [],
): Promise<MeasuredProcess<Answers>> {
	const program = fileURLToPath(new URL(`workers/${name}.ts`, import.meta.url));
	const child = fork(program, [JSON.stringify(parameters)], {
		execArgv: [...process.execArgv, ...nodeFlags],
		env: environmentOfChildren(),
	});
	const gone = once(child, 'exit').then(([code]): never => {
		throw new Error(`The measured process "${name}" ended with ${String(code)} before it answered.`);
	});
	gone.catch(() => undefined);
	await Promise.race([once(child, 'message'), gone]);
	let lastId = 0;
	return {
		pid: child.pid ?? 0,
		async ask<Kind extends keyof Answers & string>(kind: Kind, request: object = {}) {
			const id = ++lastId;
			const reply = replyOf(child, id);
			child.send({ ...request, kind, id });
			return (await Promise.race([
				reply,
				gone,
				tooLate(`"${kind}" of the measured process "${name}"`),
			])) as Answers[Kind];
		},
		async stop() {
			if (child.exitCode !== null || child.signalCode !== null) return;
			child.kill('SIGKILL');
			await once(child, 'exit');
		},
	};
}

/** Whatever takes longer hangs: better a run that fails than one that nobody knows anything of. */
async function tooLate(what: string): Promise<never> {
	await sleep(longestAnswerMs, undefined, { ref: false });
	throw new Error(`${what} had no answer after ${String(longestAnswerMs / 60_000)} minutes.`);
}

function replyOf(child: ChildProcess, id: number): Promise<unknown> {
	return new Promise((resolve, reject) => {
		const onMessage = (message: unknown): void => {
			const reply = message as Reply;
			if (reply.id !== id) return;
			child.off('message', onMessage);
			if ('error' in reply) reject(new Error(reply.error));
			else resolve(reply.result);
		};
		child.on('message', onMessage);
	});
}

/** In the child: what it was started with. */
export function parametersOf(): unknown {
	return JSON.parse(process.argv[2] ?? '{}');
}

/** In the child: says that it is ready and answers what it is asked; ends with its parent. */
export function serve(answers: Readonly<Record<string, (request: never) => Promise<unknown>>>): void {
	process.on('disconnect', () => {
		process.exit();
	});
	process.on('message', (message) => {
		void answer(message as { readonly id: number; readonly kind: string });
	});
	// We are killed when we are no longer needed.
	flushCompileCache();
	process.send?.('ready');

	async function answer(request: { readonly id: number; readonly kind: string }): Promise<void> {
		try {
			const result = await answers[request.kind]?.(request as never);
			process.send?.({ id: request.id, result });
		} catch (error) {
			process.send?.({
				id: request.id,
				error: error instanceof Error ? (error.stack ?? error.message) : String(error),
			});
		}
	}
}

/** Milliseconds by the monotonic clock that all processes of a machine share. */
export function sharedNow(): number {
	return Number(process.hrtime.bigint()) / 1_000_000;
}
