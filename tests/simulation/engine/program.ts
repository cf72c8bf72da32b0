/** One program of the simulated system: what it does to the outside goes through the scheduler, and it may die at any event. */
import type { Clock } from '@cb/core';
import type { Dice } from './dice.ts';
import { connectionLost, drawFaults, noFaults } from './faults.ts';
import type { Fault, FaultRates } from './faults.ts';
import type { Owner, Scheduler, SimulatedEvent } from './scheduler.ts';

export interface ProgramOptions {
	readonly name: string;
	/** How far its clock is off that of the store. */
	readonly skewMs?: number;
	readonly speed?: number;
	readonly faults?: FaultRates;
}

type NewEvent = Pick<SimulatedEvent, 'what' | 'run' | 'about' | 'effect' | 'isTimer'> & { readonly delayMs?: number };

/** How soon a healed network brings what was under way. */
const healedMs = 100;

export class Program implements Owner {
	readonly name: string;
	readonly speed: number;
	readonly clock: Clock;
	#stalledUntil = 0;
	readonly #scheduler: Scheduler;
	readonly #dice: Dice;
	/** Work of transactions under way: told when the program is gone. */
	readonly #transactions = new Set<(reason: Error) => void>();
	#faults: FaultRates;
	#turn: (() => void)[] = [];
	#isAlive = true;

	constructor(scheduler: Scheduler, dice: Dice, options: ProgramOptions) {
		const { name, skewMs = 0, speed = 1, faults = noFaults } = options;
		this.name = name;
		this.speed = speed;
		this.#faults = faults;
		this.#scheduler = scheduler;
		this.#dice = dice;
		this.clock = {
			now: () => scheduler.now + skewMs,
			sleep: (milliseconds, signal) => this.#sleep(milliseconds, signal),
		};
	}

	get isAlive(): boolean {
		return this.#isAlive;
	}

	get stalledUntil(): number {
		return this.#stalledUntil;
	}

	/** A call of the store over its connection: request, effect and answer. Never settles once the program is dead. */
	call<Result>(what: string, effect: () => Promise<Result>, about?: unknown): Promise<Result> {
		const { promise, resolve, reject } = Promise.withResolvers<Result>();
		const { fault, delayMs, answerDelayMs } = drawFaults(this.#dice, this.#faults, what);
		const answer = (outcome: string, about: unknown, settle: () => void): void => {
			this.#later({ what: `${what} ${outcome}`, about, delayMs: answerDelayMs, run: settle });
		};
		const answers = fault.kind === 'none' && answerDelayMs > 0 ? 'answers late' : 'answers';
		const run = (): void => {
			faulty(fault, effect).then(
				(result) => {
					answer(answers, result, () => {
						resolve(result);
					});
				},
				(error: unknown) => {
					answer(fault.kind === 'none' ? 'throws' : fault.kind, String(error), () => {
						reject(error);
					});
				},
			);
		};
		this.#later({ what: delayMs > 0 ? `${what} late` : what, about, delayMs, run, effect });
		return promise;
	}

	/**
	 * Runs this program's part of a transaction that the store has opened. The commit is an event of its own; when the connection is lost or the
	 * program dies before, the store rolls back.
	 */
	work<Result>(what: string, run: () => Promise<Result>): Promise<Result> {
		if (!this.#isAlive) return Promise.reject(connectionLost());
		const { promise, resolve, reject } = Promise.withResolvers<Result>();
		this.#transactions.add(reject);
		const commit = (result: Result): void => {
			const isLost = this.#dice.chance(this.#faults.failure);
			const settle = (): void => {
				this.#transactions.delete(reject);
				if (isLost) reject(connectionLost());
				else resolve(result);
			};
			this.#later({ what: `${what} ${isLost ? 'loses its connection' : 'commits'}`, run: settle });
		};
		const begin = (): void => {
			run().then(commit, (error: unknown) => {
				this.#transactions.delete(reject);
				reject(error);
			});
		};
		this.#later({ what: `${what} works`, run: begin });
		return promise;
	}

	/** A wake-up may be lost, late or doubled. */
	wake(run: () => void): void {
		if (this.#dice.chance(this.#faults.lostWake)) return;
		this.#later({ what: 'wake-up', run });
		if (this.#dice.chance(this.#faults.lostWake)) this.#later({ what: 'wake-up', delayMs: 500, run });
	}

	/** In the next turn of its event loop. */
	nextTurn(run: () => void): void {
		this.#turn.push(run);
		if (this.#turn.length > 1) return;
		const turn = (): void => {
			for (const go of this.#turn.splice(0)) go();
		};
		this.#later({ what: 'turn', run: turn });
	}

	/** It stands still, as a virtual machine that is moved. */
	stall(milliseconds: number): void {
		this.#scheduler.tell(this, `stands still for ${milliseconds} ms`);
		this.#stalledUntil = this.#scheduler.now + milliseconds;
	}

	/** It is gone, from one moment to the next. What it had asked of the store may happen all the same. */
	crash(): void {
		this.#isAlive = false;
		this.#scheduler.tell(this, 'dies');
		const events = this.#scheduler.eventsOf(this);
		this.#scheduler.forget(this);
		for (const { effect } of events) {
			if (effect !== undefined && this.#dice.chance(0.5)) effect().catch(() => undefined);
		}
		for (const lose of this.#transactions) lose(connectionLost());
	}

	/** The infrastructure works again: dead connections are found out soon, and nothing stalls. */
	heal(): void {
		this.#faults = noFaults;
		this.#stalledUntil = 0;
		for (const event of this.#scheduler.eventsOf(this)) {
			if (event.isTimer !== true) event.at = Math.min(event.at, this.#scheduler.now + healedMs);
		}
	}

	#sleep(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
		if (signal?.aborted === true) return Promise.resolve();
		return new Promise((resolve) => {
			const wake = (): void => {
				signal?.removeEventListener('abort', wake);
				if (timer !== undefined) this.#scheduler.remove(timer);
				resolve();
			};
			const timer = this.#later({
				what: 'timer',
				about: milliseconds,
				delayMs: milliseconds,
				run: wake,
				isTimer: true,
			});
			signal?.addEventListener('abort', wake, { once: true });
		});
	}

	#later({ delayMs = 0, ...event }: NewEvent): SimulatedEvent | undefined {
		if (!this.#isAlive) return undefined;
		const later = { ...event, owner: this, at: this.#scheduler.now + delayMs };
		this.#scheduler.add(later);
		return later;
	}
}

async function faulty<Result>(fault: Fault, effect: () => Promise<Result>): Promise<Result> {
	const hasEffect = fault.kind === 'fails-after' || (fault.kind === 'never-answers' && fault.hasEffect);
	if (fault.kind === 'none') return effect();
	if (hasEffect) await effect();
	throw fault.error;
}
