import type { Clock } from '../ports/clock.ts';
import type { LeasedCommand } from './leased-command.ts';

export interface SlotsOptions<Tx> {
	readonly concurrency: number;
	readonly clock: Clock;
	/** Must not reject: it sees to failures itself. */
	readonly run: (leased: LeasedCommand<Tx>) => Promise<void>;
	readonly onEnded: () => void;
}

/** Runs at most `concurrency` handlers at a time. A slot is free as soon as its handler has ended; nobody waits for the settling. */
export class Slots<Tx> {
	readonly #options: SlotsOptions<Tx>;
	readonly #running = new Set<LeasedCommand<Tx>>();
	#waiting: LeasedCommand<Tx>[] = [];
	/** Position of the first that waits: taking from the front of an array costs its length. */
	#first = 0;
	#slotsInUse = 0;
	/** Sum of the moments at which those that run now began. */
	#sumOfStarts = 0;
	#whenIdle: (() => void)[] = [];

	constructor(options: SlotsOptions<Tx>) {
		this.#options = options;
	}

	get waitingCount(): number {
		return this.#waiting.length - this.#first;
	}

	/** Those whose handler runs, also where its outcome no longer counts. */
	get running(): ReadonlySet<LeasedCommand<Tx>> {
		return this.#running;
	}

	/** How long those that run now have been running, on average. */
	get averageAgeMs(): number {
		const { size } = this.#running;
		return size === 0 ? 0 : this.#options.clock.now() - this.#sumOfStarts / size;
	}

	add(commands: readonly LeasedCommand<Tx>[]): void {
		this.#waiting = [...this.#waiting.slice(this.#first), ...commands];
		this.#first = 0;
		while (this.#slotsInUse < this.#options.concurrency && this.waitingCount > 0) void this.#occupySlot();
	}

	/** Takes back those of `commands` that were not started; without an argument everything. They will not be started any more. */
	takeBack(commands?: readonly LeasedCommand<Tx>[]): readonly LeasedCommand<Tx>[] {
		const wanted = commands === undefined ? undefined : new Set(commands);
		const { taken = [], left = [] } = Object.groupBy(this.#waiting.slice(this.#first), (leased) =>
			wanted === undefined || wanted.has(leased) ? 'taken' : 'left',
		);
		this.#waiting = left;
		this.#first = 0;
		return taken;
	}

	/** Resolves when no handler runs. */
	async idle(): Promise<void> {
		if (this.#slotsInUse === 0) return;
		await new Promise<void>((resolve) => {
			this.#whenIdle.push(resolve);
		});
	}

	async #occupySlot(): Promise<void> {
		const { clock, run, onEnded } = this.#options;
		this.#slotsInUse += 1;
		for (let leased = this.#next(); leased !== undefined; leased = this.#next()) {
			const startedAt = clock.now();
			this.#sumOfStarts += startedAt;
			this.#running.add(leased);
			await run(leased);
			this.#running.delete(leased);
			this.#sumOfStarts -= startedAt;
			onEnded();
		}
		this.#slotsInUse -= 1;
		if (this.#slotsInUse === 0) for (const resolve of this.#whenIdle.splice(0)) resolve();
	}

	#next(): LeasedCommand<Tx> | undefined {
		const leased = this.#waiting[this.#first];
		if (leased !== undefined) this.#first += 1;
		return leased;
	}
}
