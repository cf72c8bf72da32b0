export interface DomainRecord {
	readonly domain: string;
	readonly createdAt: Date;
}

/** What lies in a domain's queue now. Read from the queue tables, which hold only what is live. */
export interface DomainStatistics {
	readonly domain: string;
	/** Live commands: ready, delayed and in flight. */
	readonly depth: number;
	readonly readyCount: number;
	readonly delayedCount: number;
	readonly inFlightCount: number;
	/** Leases that ran out and were not taken again yet. */
	readonly stalledCount: number;
	readonly parkedCount: number;
	/** Parked within the last hour. */
	readonly parkedLastHourCount: number;
	/** Seconds since the oldest ready command was due; null when none is ready. */
	readonly oldestReadySeconds: number | null;
}

/** What lies in a domain's queue and what has flowed through it: two looks and the time between them make rates. */
export interface DomainActivity extends DomainStatistics {
	/** Messages ever put on the command queue: sends, and operators' retries. Null where the caller may not see it. */
	readonly enqueuedCount: number | null;
	/** From creation to end, of the newest commands as far as they have ended; null when none has. */
	readonly latency: LatencyQuantiles | null;
}

export interface LatencyQuantiles {
	readonly medianMs: number;
	readonly p95Ms: number;
}

/** `activity` looks at so many commands, those that were created last, of all domains together, within the last five minutes. */
export const activitySampleSize = 1_000;

export interface DomainStore {
	/** Creates a domain with its three queues. Holds after a crash; repeating it changes nothing. */
	create(domain: string): Promise<'created' | 'exists'>;
	/** By name. */
	list(): Promise<readonly DomainRecord[]>;
	/** Of every domain, or of one; empty for an unknown one. */
	statistics(domain?: string): Promise<readonly DomainStatistics[]>;
	/** Of every domain, in one look. Costs what `statistics` costs and a bounded sample more, however much was ever sent. */
	activity(): Promise<readonly DomainActivity[]>;
	/** Creates a queue that replies or batch completions may go to. Repeating it changes nothing. */
	createReplyQueue(queue: string): Promise<'created' | 'exists'>;
}
