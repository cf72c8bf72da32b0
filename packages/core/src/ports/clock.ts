/**
 * Time for the runtime's own waiting and measuring. Leases, delays and deadlines of commands are kept by the database's clock,
 * never by this one.
 */
export interface Clock {
	/** Milliseconds since the epoch; for differences and for display. */
	now(): number;
	/**
	 * Resolves after `milliseconds`, or at once when the signal is or gets aborted. Never rejects: the caller looks at its signal.
	 */
	sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}
