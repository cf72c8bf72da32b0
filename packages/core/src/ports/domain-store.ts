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

export interface DomainStore {
	/** Creates a domain with its three queues. Holds after a crash; repeating it changes nothing. */
	create(domain: string): Promise<'created' | 'exists'>;
	/** By name. */
	list(): Promise<readonly DomainRecord[]>;
	/** Of every domain, or of one; empty for an unknown one. */
	statistics(domain?: string): Promise<readonly DomainStatistics[]>;
	/** Creates a queue that replies or batch completions may go to. Repeating it changes nothing. */
	createReplyQueue(queue: string): Promise<'created' | 'exists'>;
}
