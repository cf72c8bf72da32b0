/**
 * Owns the clock and the order of everything: each call of a port, answer, timer, wake-up and turn of an event loop is an event that waits here
 * until the dice choose it. Between two events every promise that can go on goes on, so nothing happens that was not chosen.
 */
import type { Dice } from './dice.ts';

/** Whose event it is. */
export interface Owner {
	readonly name: string;
	/** Nothing of it happens earlier. */
	readonly stalledUntil: number;
	/** How often it is chosen, compared with others. */
	readonly speed: number;
}

export interface SimulatedEvent {
	readonly owner: Owner;
	readonly what: string;
	/** What it is about, for the trace. */
	readonly about?: unknown;
	/** Not before. */
	at: number;
	readonly run: () => void;
	/** What the store does of it although nobody waits for the answer any more. */
	readonly effect?: (() => Promise<unknown>) | undefined;
	/** Waits for time only, not for the infrastructure. */
	readonly isTimer?: boolean | undefined;
}

/** One step of a run. */
export interface TraceLine {
	readonly step: number;
	readonly now: number;
	readonly event: Pick<SimulatedEvent, 'what' | 'about'> & { readonly owner: Pick<Owner, 'name'> };
}

export interface RunLimits {
	/** Asked before every step. */
	readonly isOver: () => boolean;
	/** Asked before time passes because nothing else can happen. */
	readonly isAtRest?: () => Promise<boolean>;
	readonly maxSteps: number;
}

export class Scheduler {
	readonly trace: TraceLine[] = [];
	/** How likely time passes although something else could happen. */
	timeSkipChance = 0;
	now = 0;
	readonly #dice: Dice;
	#events: SimulatedEvent[] = [];
	#running: Owner | undefined;

	constructor(dice: Dice) {
		this.#dice = dice;
	}

	get step(): number {
		return this.trace.length;
	}

	/** Whose event ran last: what goes on now goes on because of it. */
	get running(): Owner | undefined {
		return this.#running;
	}

	/** For the trace: something that was done to an owner, not by it. */
	tell(owner: Owner, what: string): void {
		this.#note({ owner, what });
	}

	add(event: SimulatedEvent): void {
		this.#events.push(event);
	}

	remove(event: SimulatedEvent): void {
		const index = this.#events.indexOf(event);
		if (index >= 0) this.#events.splice(index, 1);
	}

	eventsOf(owner: Owner): readonly SimulatedEvent[] {
		return this.#events.filter((event) => event.owner === owner);
	}

	/** Nothing of this owner will happen any more. */
	forget(owner: Owner): void {
		this.#events = this.#events.filter((event) => event.owner !== owner);
	}

	/** Runs until it is over, at rest, or out of steps or events. True unless it ran out. */
	async run({ isOver, isAtRest, maxSteps }: RunLimits): Promise<boolean> {
		const lastStep = this.step + maxSteps;
		for (;;) {
			await drained();
			if (isOver()) return true;
			if (this.step >= lastStep) return false;
			const ready = this.#events.filter((event) => dueAt(event) <= this.now);
			if (ready.length === 0 && isAtRest !== undefined && (await isAtRest())) return true;
			if (!this.#take(ready)) return false;
		}
	}

	/** One step; false when nothing is left that could ever happen. */
	#take(ready: readonly SimulatedEvent[]): boolean {
		if (ready.length > 0 && !(this.timeSkipChance > 0 && this.#dice.chance(this.timeSkipChance))) {
			this.#happen(this.#choose(ready));
			return true;
		}
		const nextAt = this.#nextAt();
		if (nextAt === Infinity) {
			if (ready.length > 0) this.#happen(this.#choose(ready));
			return ready.length > 0;
		}
		this.#note({ owner: time, what: 'passes', about: nextAt - this.now });
		this.now = nextAt;
		return true;
	}

	#choose(ready: readonly SimulatedEvent[]): SimulatedEvent {
		let left = this.#dice.random() * ready.reduce((sum, { owner }) => sum + owner.speed, 0);
		for (const event of ready) {
			left -= event.owner.speed;
			if (left < 0) return event;
		}
		return this.#dice.pick(ready);
	}

	#happen(event: SimulatedEvent): void {
		this.remove(event);
		this.#note(event);
		this.#running = event.owner;
		event.run();
	}

	#note(event: TraceLine['event']): void {
		this.trace.push({ step: this.step + 1, now: this.now, event });
	}

	#nextAt(): number {
		let next = Infinity;
		for (const event of this.#events) {
			const at = dueAt(event);
			if (at > this.now && at < next) next = at;
		}
		return next;
	}
}

const time = { name: 'time' };

function dueAt({ at, owner }: SimulatedEvent): number {
	return Math.max(at, owner.stalledUntil);
}

/** Resolves when every promise that could go on has gone on. Far cheaper than a turn of the event loop. */
function drained(): Promise<void> {
	return new Promise((resolve) => {
		process.nextTick(resolve);
	});
}
