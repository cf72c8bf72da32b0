/** The processes of a run: who is there, who was taken away on purpose, and who ended without being told. */
import { join } from 'node:path';
import { startChild } from './child.ts';
import type { Child } from './child.ts';
import type { ChildSettings, Role } from './children/settings.ts';
import { pause } from './waiting.ts';

export type ChildOptions = Partial<Omit<ChildSettings, 'name' | 'ledger' | 'seed'>> & {
	/** Flags for Node, such as `--import`. */
	readonly execArgv?: readonly string[];
};

export interface Crew {
	/** Those that are there, of one role or of all; in order of their start. */
	members(role?: Role): readonly Child[];
	/** Starts one more, and resolves at once: its `ready` tells when it is at work. */
	add(role: Role, options?: ChildOptions): Child;
	/** SIGKILL; it is no member any more. */
	kill(child: Child): Promise<void>;
	/** SIGKILL, and another one like it in its place, or one with other options. Nothing when it is not there any more. */
	replace(child: Child, options?: ChildOptions): Promise<void>;
	/** Lets it finish and go; whoever does not is a deserter. */
	dismiss(child: Child): Promise<void>;
	/** Resolves when everybody who is there now is at work, or gone again. */
	ready(): Promise<void>;
	/** Those that ended without being told, or did not when they were, and why. */
	readonly deserters: readonly string[];
	/** Who is not healthy, and why, once everybody had the time to recover; empty when all is well. */
	complaints(withinMs: number): Promise<readonly string[]>;
	/** Lets those of one role or of all finish; whoever does not is a deserter. */
	stop(role?: Role): Promise<void>;
	/** SIGKILL for whoever is left. */
	close(): Promise<void>;
}

export interface CrewOptions {
	/** Where the ledgers lie. */
	readonly directory: string;
	readonly seed: number;
	/** What every child of a role is told, unless it is told otherwise. */
	readonly defaults: (role: Role, name: string) => Pick<ChildSettings, 'connection'> & ChildOptions;
}

/** A call that a network lost is given up after seconds, and repeated, before whoever made it can go. */
const stopWithinMs = 60_000;
const healthWithinMs = 1_000;
const askAgainMs = 200;

export function createCrew(options: CrewOptions): Crew {
	return new ProcessCrew(options);
}

class ProcessCrew implements Crew {
	readonly deserters: string[] = [];
	readonly #present = new Map<Child, ChildOptions>();
	readonly #options: CrewOptions;
	readonly #killAll = (): void => {
		for (const child of this.members()) void child.kill();
	};
	#started = 0;

	constructor(options: CrewOptions) {
		this.#options = options;
		// Children end by themselves with this process, unless they stand still.
		process.once('exit', this.#killAll);
	}

	members(role?: Role): readonly Child[] {
		return [...this.#present.keys()].filter((child) => role === undefined || child.role === role);
	}

	add(role: Role, options: ChildOptions = {}): Child {
		const { directory, seed, defaults } = this.#options;
		this.#started++;
		const name = `${role} ${this.#started}`;
		const { execArgv = [], ...settings } = { ...defaults(role, name), ...options };
		const ledger = join(directory, `${name}.jsonl`);
		const child = startChild({
			role,
			settings: { ...settings, name, ledger, seed: seed * 1_000 + this.#started },
			execArgv,
			onUnexpectedEnd: (why) => {
				this.#present.delete(child);
				this.deserters.push(why);
			},
		});
		this.#present.set(child, options);
		return child;
	}

	async kill(child: Child): Promise<void> {
		this.#present.delete(child);
		await child.kill();
	}

	async replace(child: Child, changes: ChildOptions = {}): Promise<void> {
		const options = this.#present.get(child);
		if (options === undefined) return;
		await this.kill(child);
		this.add(child.role, { ...options, ...changes });
	}

	/** Whoever was killed meanwhile, by another fault, has nothing to stop any more. */
	async dismiss(child: Child): Promise<void> {
		if (!this.#present.delete(child)) return;
		const failure = await child.stop(stopWithinMs);
		if (failure !== undefined) this.deserters.push(failure);
	}

	async ready(): Promise<void> {
		await Promise.allSettled(this.members().map((child) => child.ready));
	}

	async complaints(withinMs: number): Promise<readonly string[]> {
		const deadline = performance.now() + withinMs;
		for (;;) {
			const complaints = await Promise.all(this.members().map(complaintOf));
			const found = complaints.filter((complaint) => complaint !== undefined);
			if (found.length === 0 || performance.now() > deadline) return found;
			await pause(askAgainMs);
		}
	}

	async stop(role?: Role): Promise<void> {
		await Promise.all(this.members(role).map((child) => this.dismiss(child)));
	}

	async close(): Promise<void> {
		process.off('exit', this.#killAll);
		await Promise.all(this.members().map((child) => this.kill(child)));
	}
}

async function complaintOf(child: Child): Promise<string | undefined> {
	const health = await child.health(healthWithinMs);
	if (health === undefined) return `${child.name} does not answer`;
	return health.isHealthy ? undefined : `${child.name} is ${health.says}`;
}
