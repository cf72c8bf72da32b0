/**
 * Where reads of a queue begin. While some transaction, anywhere in the database, is older than consumed messages, nobody can remove their index
 * entries, and a read from the beginning looks at all of them. The server says so; then most reads go on where the last one ended, and one from the
 * beginning now and then finds what was sent before that and committed after it (ADR 0012).
 */

/** What one read did. */
export interface QueueRead {
	/** Whether it began at the beginning. */
	readonly isWhole: boolean;
	/** From where the next one may go on, as PostgreSQL writes a timestamptz; `undefined` where nothing is gained by it, or nothing was found. */
	readonly readOnFrom: string | undefined;
	/** In milliseconds, on a clock that only goes forward. */
	readonly startedAt: number;
	readonly endedAt: number;
}

/** Reads from the beginning take about a tenth of the time, and come at least so often. */
const restPerMs = 10;
const longestRestMs = 10_000;

export class ReadPosition {
	#readOnFrom: string | undefined;
	#wholeAgainAt = 0;

	/** From where a read that starts `now` goes on; `undefined` for the beginning. */
	at(now: number): string | undefined {
		return now < this.#wholeAgainAt ? this.#readOnFrom : undefined;
	}

	ended({ isWhole, readOnFrom, startedAt, endedAt }: QueueRead): void {
		if (isWhole) this.#wholeAgainAt = endedAt + Math.min(restPerMs * (endedAt - startedAt), longestRestMs);
		if (isWhole || readOnFrom !== undefined) this.#readOnFrom = readOnFrom;
	}
}
