/** What a scenario is, and what it gets. README.md says how to add one. */
import type { ChildOptions, Crew } from './crew.ts';
import type { Role } from './children/settings.ts';
import type { Primary } from './primary.ts';
import type { Query } from './referee.ts';
import type { Random } from './seeded-random.ts';

export interface Scenario {
	/** As `--scenario` takes it: kebab-case, the name of its file. */
	readonly name: string;
	/** One line for `--list`: what is broken. */
	readonly fault: string;
	/** The lines of the acceptance list that it attacks. */
	readonly lines: readonly string[];
	/** Settings of the server, where it needs some of its own. Scenarios without them share a server in tests. */
	readonly serverSettings?: Readonly<Record<string, string | number | boolean>>;
	/**
	 * Whether the fault may make the server forget leases, which a crash of it is allowed to: then an attempt may run twice, and still only one
	 * of the runs counts. @default false
	 */
	readonly forgetsLeases?: boolean;
	/** Whether `everything` draws it once at most, and nothing beside it, because it cannot be taken back. @default false */
	readonly isFinal?: boolean;
	/** Whether this machine can do it; asked by `everything`, which leaves it out otherwise. @default it can */
	readonly isPossible?: () => boolean;
	/** Sets up what has to be there before the first child starts, such as a proxy or a standby. */
	readonly open: (stage: Stage) => Promise<Injector> | Injector;
}

export interface Injector {
	/**
	 * Breaks things until the signal is aborted, and resolves when the last fault is over: what was stopped runs again, what was held is
	 * let go, and whoever was killed has been replaced. The time at which it resolves is the end of the fault.
	 */
	readonly inject: (context: ChaosContext) => Promise<void>;
	/** How a child connects, or is otherwise told, where that is not as usual. */
	readonly optionsOf?: (role: Role, name: string) => ChildOptions;
	/** Takes down what was set up, after the checks. */
	readonly close?: () => Promise<void>;
}

/** What there is before the crew comes. */
export interface Stage {
	/** Where the database is now. */
	readonly primary: Primary;
	/** Runs a statement there as superuser. */
	readonly query: Query;
	readonly random: Random;
	/** Tells whoever watches. */
	readonly progress: (line: string) => void;
}

/** What a scenario breaks things with. */
export interface ChaosContext extends Stage {
	/** Aborted when it is enough. */
	readonly signal: AbortSignal;
	readonly crew: Crew;
	/** Counts a fault; the figure stands in the result. */
	readonly count: () => void;
}
