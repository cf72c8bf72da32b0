/** What one can wait for. */
export type WakeTopic =
	{ readonly kind: 'commands'; readonly domain: string } | { readonly kind: 'replies'; readonly queue: string };

export interface WakeSubscription {
	/** Whether notifications can arrive now. False on a pooler, or while the connection is being re-established. */
	isListening(): boolean;
	close(): Promise<void>;
}

/**
 * Tells that work may exist. A hint, never a promise: notifications may be lost, doubled or late, and whoever waits polls as well.
 */
export interface WakeSignal {
	/**
	 * Calls `wake` after work may have arrived, and once after every (re)connection. Never throws for a missing connection: it keeps
	 * trying until closed.
	 */
	subscribe(topic: WakeTopic, wake: () => void): Promise<WakeSubscription>;
}
