import type { LeasedCommand } from './leased-command.ts';

/** Every lease this worker answers for, and how those before ended. What is not in here is not renewed: it comes back by itself. */
export class HeldCommands<Tx> implements Iterable<LeasedCommand<Tx>> {
	readonly #held = new Set<LeasedCommand<Tx>>();
	#settledCount = 0;
	#releasedCount = 0;
	#abandonedCount = 0;

	get size(): number {
		return this.#held.size;
	}

	/** How many have ended so far, by how. */
	get counts(): { readonly settled: number; readonly released: number; readonly abandoned: number } {
		return { settled: this.#settledCount, released: this.#releasedCount, abandoned: this.#abandonedCount };
	}

	add(commands: readonly LeasedCommand<Tx>[]): void {
		for (const leased of commands) this.#held.add(leased);
	}

	/** Its outcome is stored. */
	settled(leased: LeasedCommand<Tx>): void {
		if (this.#end(leased)) this.#settledCount += 1;
	}

	/** It was given back. */
	released(leased: LeasedCommand<Tx>): void {
		if (this.#end(leased)) this.#releasedCount += 1;
	}

	/** It is left to the end of its lease. */
	abandoned(leased: LeasedCommand<Tx>): void {
		if (this.#end(leased)) this.#abandonedCount += 1;
	}

	/** Somebody else answers for it. True the first time. */
	lost(leased: LeasedCommand<Tx>): boolean {
		return this.#end(leased);
	}

	[Symbol.iterator](): Iterator<LeasedCommand<Tx>> {
		return this.#held.values();
	}

	#end(leased: LeasedCommand<Tx>): boolean {
		leased.isOver = true;
		return this.#held.delete(leased);
	}
}
