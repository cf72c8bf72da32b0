/**
 * Where reads of a queue begin. While some transaction, anywhere in the database, is older than consumed messages, nobody can remove their index
 * entries, and a read from the beginning looks at all of them. The server says so; then most reads go on where the last one ended. Now and then one
 * begins where reads stood some seconds ago, and more rarely one at the beginning: they find what was sent before that and committed after it
 * (ADR 0012).
 */

/** From where a read begins: from where the last one ended, from some seconds before that, or from the beginning. */
type Reach = 'on' | 'back' | 'whole';

export interface ReadStart {
	readonly reach: Reach;
	/** As PostgreSQL writes a timestamptz; `undefined` for the beginning. */
	readonly dueFrom: string | undefined;
	/** In milliseconds, on a clock that only goes forward. */
	readonly startedAt: number;
}

/** What one read did. */
export interface QueueRead {
	readonly count: number;
	readonly limit: number;
	/** From where the next one may go on; `undefined` where nothing is gained by it, or nothing was found. */
	readonly readOnFrom: string | undefined;
	readonly endedAt: number;
}

/** Reads that begin further back take about a tenth of the time, and those from the beginning come at least so often. */
const restPerMs = 10;
const longestRestMs = 30_000;

/** What was sent in a transaction that is shorter than this is found without a read from the beginning. */
const lookBackMs = 10_000;

export class ReadPosition {
	#readOnFrom: string | undefined;
	#wholeAgainAt = 0;
	#backAgainAt = 0;
	#backAtOnceAt = 0;
	/** The last read found all that was due where it looked. */
	#isKeepingUp = false;
	/** Where reads went on from so long ago, or longer; and where they did a shorter time ago, to take its place. */
	#back: string | undefined;
	#mark: string | undefined;
	#markedAt = 0;

	/** Further back only after a read that was not full: while there is enough to do, what is late comes up by itself or can wait. */
	next(now: number): ReadStart {
		if (this.#readOnFrom === undefined || now >= this.#wholeAgainAt) {
			return { reach: 'whole', dueFrom: undefined, startedAt: now };
		}
		if (this.#isKeepingUp && now >= this.#backAgainAt) return { reach: 'back', dueFrom: this.#back, startedAt: now };
		return { reach: 'on', dueFrom: this.#readOnFrom, startedAt: now };
	}

	/** From where to look once more after a read that found nothing, if at all: there is nothing better to do, so half of the time is not too much. */
	furtherThan({ reach }: ReadStart, now: number): ReadStart | undefined {
		if (reach === 'whole') return undefined;
		const next = this.next(now);
		if (next.reach === 'whole') return next;
		return reach === 'on' && now >= this.#backAtOnceAt
			? { reach: 'back', dueFrom: this.#back, startedAt: now }
			: undefined;
	}

	ended({ reach, startedAt }: ReadStart, { count, limit, readOnFrom, endedAt }: QueueRead): void {
		const tookMs = endedAt - startedAt;
		const againAt = endedAt + Math.min(restPerMs * tookMs, longestRestMs);
		if (reach === 'whole') this.#wholeAgainAt = againAt;
		if (reach === 'back') {
			this.#backAgainAt = againAt;
			this.#backAtOnceAt = endedAt + tookMs;
		}
		this.#isKeepingUp = count < limit;
		// A read that finds nothing says nothing: what is known still holds, and becomes older.
		const onFrom = count === 0 ? this.#readOnFrom : readOnFrom;
		if (onFrom !== undefined) this.#goOnFrom(onFrom, endedAt);
		else if (reach === 'whole') this.#forget();
	}

	#goOnFrom(readOnFrom: string, now: number): void {
		this.#readOnFrom = readOnFrom;
		if (this.#mark !== undefined && now < this.#markedAt + lookBackMs) return;
		this.#back = this.#mark ?? readOnFrom;
		this.#mark = readOnFrom;
		this.#markedAt = now;
	}

	#forget(): void {
		this.#readOnFrom = undefined;
		this.#back = undefined;
		this.#mark = undefined;
	}
}
