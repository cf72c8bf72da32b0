/**
 * Moments before the next poll at which commands become due again, so that a short backoff does not wait for the poll. Rounded up to
 * steps of 10 ms, which bounds how many there can be.
 */
export class DueTimes {
	readonly #horizonMs: number;
	readonly #times = new Set<number>();

	/** Remembers nothing further away than `horizonMs`: the poll finds that. */
	constructor(horizonMs: number) {
		this.#horizonMs = horizonMs;
	}

	/** True when it is to be remembered. */
	add(now: number, delayMs: number): boolean {
		if (delayMs >= this.#horizonMs) return false;
		this.#times.add(Math.ceil((now + delayMs) / stepMs) * stepMs);
		return true;
	}

	/** The earliest moment; `Infinity` when there is none. */
	next(): number {
		let next = Infinity;
		for (const time of this.#times) next = Math.min(next, time);
		return next;
	}

	/** A look at `now` has found whatever was due by then. */
	lookedAt(now: number): void {
		for (const time of this.#times) if (time <= now) this.#times.delete(time);
	}
}

const stepMs = 10;
