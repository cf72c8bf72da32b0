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
	/** SIGKILL, and another one like it in its place. */
	replace(child: Child): Promise<Child>;
	/** Those that ended without being told, and why. */
	readonly deserters: readonly string[];
	/** Who is not healthy, and why, once everybody had the time to recover; empty when all is well. */
	complaints(withinMs: number): Promise<readonly string[]>;
	/** Lets those of one role or of all finish; tells who did not. */
	stop(role?: Role): Promise<readonly string[]>;
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

const stopWithinMs = 15_000;
const healthWithinMs = 1_000;
const askAgainMs = 200;

export function createCrew({ directory, seed, defaults }: CrewOptions): Crew {
	const present = new Map<Child, ChildOptions>();
	const deserters: string[] = [];
	let started = 0;

	function members(role?: Role): readonly Child[] {
		return [...present.keys()].filter((child) => role === undefined || child.role === role);
	}

	function add(role: Role, options: ChildOptions = {}): Child {
		started++;
		const name = `${role} ${started}`;
		const { execArgv = [], ...settings } = { ...defaults(role, name), ...options };
		const ledger = join(directory, `${name}.jsonl`);
		const child = startChild({
			role,
			settings: { ...settings, name, ledger, seed: seed * 1_000 + started },
			execArgv,
			onUnexpectedEnd(why) {
				present.delete(child);
				deserters.push(why);
			},
		});
		present.set(child, options);
		return child;
	}

	async function kill(child: Child): Promise<void> {
		present.delete(child);
		await child.kill();
	}

	return {
		members,
		add,
		kill,
		deserters,
		async replace(child) {
			const options = present.get(child) ?? {};
			await kill(child);
			return add(child.role, options);
		},
		async complaints(withinMs) {
			const deadline = performance.now() + withinMs;
			for (;;) {
				const found = (await Promise.all(members().map(complaintOf))).filter((complaint) => complaint !== undefined);
				if (found.length === 0 || performance.now() > deadline) return found;
				await pause(askAgainMs);
			}
		},
		async stop(role) {
			const leaving = members(role);
			for (const child of leaving) present.delete(child);
			const stopped = await Promise.all(
				leaving.map(async (child) => ((await child.stop(stopWithinMs)) ? undefined : `${child.name} did not stop`)),
			);
			return stopped.filter((complaint) => complaint !== undefined);
		},
		async close() {
			await Promise.all(members().map(kill));
		},
	};
}

async function complaintOf(child: Child): Promise<string | undefined> {
	const health = await child.health(healthWithinMs);
	if (health === undefined) return `${child.name} does not answer`;
	return health.isHealthy ? undefined : `${child.name} is ${health.says}`;
}
