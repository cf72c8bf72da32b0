/** One simulated system: its store, its programs, and what is known about them from outside. */
import type { Backend, CommandAddress, CommandBus, CommandRecord } from '@cb/core';
import { createInMemorySubject } from '@cb/core/memory';
import type { InMemorySubject, ManualClock, MemoryTransaction } from '@cb/core/memory';
import { watchLeases } from './checks/lease-watch.ts';
import type { Dice } from './engine/dice.ts';
import { connectionLost } from './engine/faults.ts';
import { Ledger } from './checks/ledger.ts';
import { Program } from './engine/program.ts';
import type { ProgramOptions } from './engine/program.ts';
import type { Scenario } from './scenario.ts';
import type { Scheduler } from './engine/scheduler.ts';
import { domain, doneQueue } from './cast/shop.ts';

/** A worker, a router or a runner, as the world sees it. */
export interface Component {
	readonly name: string;
	readonly program: Program;
	start(): Promise<void>;
	stop(): Promise<void>;
	/** What is wrong with it now that nothing is wrong with the infrastructure. */
	complaints(): readonly string[];
	/** The same again, after a crash. */
	restart(): void;
}

export interface Violation {
	readonly step: number;
	readonly message: string;
}

/** Ports with a defect, in place of those of the store. */
export type Sabotage = (subject: InMemorySubject) => Partial<Backend<MemoryTransaction>>;

export interface WorldOptions {
	readonly scenario: Scenario;
	readonly scheduler: Scheduler;
	readonly dice: Dice;
	readonly sabotage?: Sabotage | undefined;
}

/** The store's clock is not at zero, so that nobody takes an offset for a time. */
const epochMs = Date.UTC(2026, 0, 1);

export class World {
	readonly scenario: Scenario;
	readonly scheduler: Scheduler;
	readonly dice: Dice;
	/** The store as it is. */
	readonly subject: InMemorySubject;
	/** The store as programs reach it: watched, and perhaps broken on purpose. */
	readonly backend: Backend<MemoryTransaction>;
	readonly ledger = new Ledger();
	readonly programs = new Set<Program>();
	readonly components = new Set<Component>();
	readonly buses = new Set<CommandBus<MemoryTransaction>>();
	/** Senders, operators and accidents that are not over. */
	openScripts = 0;
	/** First trouble, then calm: the infrastructure works. While somebody cleans up, handlers do well, too. */
	phase: 'trouble' | 'calm' | 'cleanup' = 'trouble';
	violation: Violation | undefined;

	constructor({ scenario, scheduler, dice, sabotage }: WorldOptions) {
		this.scenario = scenario;
		this.scheduler = scheduler;
		this.dice = dice;
		this.subject = createInMemorySubject(storeClock(scheduler));
		const backend = { ...this.subject.backend, ...sabotage?.(this.subject) };
		this.backend = { ...backend, commands: watchLeases(this, backend.commands) };
	}

	async prepareStore(): Promise<void> {
		const { domains } = this.subject.backend;
		await domains.create(domain);
		await domains.createReplyQueue(doneQueue);
	}

	/** Ends the run: something happened that must never happen. The first violation stands. */
	violated(message: string): void {
		this.violation ??= { step: this.scheduler.step, message };
	}

	newProgram(options: ProgramOptions): Program {
		const { faults } = this.scenario;
		const isTroubled = this.phase === 'trouble';
		const program = new Program(this.scheduler, this.dice.fork(), { ...(isTroubled && { faults }), ...options });
		this.programs.add(program);
		return program;
	}

	/** Runs a script to its end; it must not reject. */
	script(name: string, run: () => Promise<void>): void {
		this.openScripts += 1;
		run().then(
			() => {
				this.openScripts -= 1;
			},
			(error: unknown) => {
				this.violated(`${name} failed: ${String(error)}`);
			},
		);
	}

	/** As the store has it, asked without any network. */
	async record({ domain: of, commandId }: CommandAddress): Promise<CommandRecord | undefined> {
		return (await this.subject.backend.queries.getMany([{ domain: of, commandId }]))[0];
	}

	/** Stops all trouble: the infrastructure works from now on. */
	calmDown(): void {
		this.phase = 'calm';
		this.scheduler.timeSkipChance = 0;
		for (const program of this.programs) program.heal();
	}
}

function storeClock(scheduler: Scheduler): ManualClock {
	const moves = (): Promise<void> => Promise.reject(connectionLost());
	return { now: () => epochMs + scheduler.now, sleep: moves, advance: moves, sleeperCount: 0 };
}
