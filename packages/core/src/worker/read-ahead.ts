/**
 * How many commands to hold beyond those that run. Fast handlers want sets of hundreds, because one read per command would be the
 * bottleneck; slow ones want none, because what waits here could run elsewhere.
 */

/** Held commands should all have started after about this time. */
const horizonMs = 100;

/** A tenth of the weight goes to the newest measurement. */
const weightOfNewest = 0.1;

/** The usual duration of a handler, as an exponentially weighted average. */
export class HandlerSpeed {
	#averageMs: number | undefined;

	ended(durationMs: number): void {
		this.#averageMs =
			this.#averageMs === undefined ? durationMs : this.#averageMs + weightOfNewest * (durationMs - this.#averageMs);
	}

	/** `undefined` before the first handler has ended. */
	get averageMs(): number | undefined {
		return this.#averageMs;
	}
}

export interface ReadAheadFacts {
	readonly concurrency: number;
	/** The bound that was configured. */
	readonly readAhead: number;
	/** The usual duration of a handler; `undefined` while nobody knows. */
	readonly averageMs: number | undefined;
	/** How long the handlers that run now have been running, on average: longer than usual means that they have become slow. */
	readonly averageAgeMs: number;
}

/** What the handlers can start within 100 ms, up to the bound; nothing while their speed is unknown. */
export function readAheadTarget({ concurrency, readAhead, averageMs, averageAgeMs }: ReadAheadFacts): number {
	if (averageMs === undefined) return 0;
	const durationMs = Math.max(averageMs, averageAgeMs);
	return Math.min(readAhead, Math.floor((concurrency * horizonMs) / durationMs));
}

/**
 * How much room makes a read worth while when there is more in the queue: half of what is read ahead, so that the other half keeps
 * the slots busy meanwhile. Without read-ahead every free slot is.
 */
export function worthwhileRoom(target: number): number {
	return Math.max(1, Math.ceil(target / 2));
}
