/**
 * What a suite needs of an adapter under test, beside the ports: time that passes without sleeping, and a look under the ports where
 * a guarantee speaks of messages.
 */
import type { Backend } from '../ports/backend.ts';
import type { JsonValue } from '../model/json.ts';

/** A message as it lies on a queue or in its archive. */
export interface StoredMessage {
	readonly messageId: string;
	readonly body: JsonValue;
}

export interface BackendSubject<Tx = unknown> {
	readonly backend: Backend<Tx>;
	/** Lets time pass for leases and delays: no suite sleeps. */
	elapse(milliseconds: number): Promise<void>;
	/** Runs `work` in a transaction of the caller: commits what it did, or rolls back when it throws, and throws on. */
	transaction<Result>(work: (tx: Tx) => Promise<Result>): Promise<Result>;
	/** What lies on a queue, visible or not, oldest first. */
	messages(queue: string): Promise<readonly StoredMessage[]>;
	/** What lies in a queue's archive, oldest first. */
	archived(queue: string): Promise<readonly StoredMessage[]>;
	/** Puts any JSON on a queue, as a stranger would. Returns its message id. */
	putMessage(queue: string, body: JsonValue): Promise<string>;
	/** Removes a queue behind the adapter's back, or a single archived message. */
	dropQueue(queue: string): Promise<void>;
	dropArchived(queue: string, messageId: string): Promise<void>;
	close(): Promise<void>;
}

/** Opens a fresh, empty backend. Called once per test case. */
export type OpenSubject<Tx = unknown> = () => Promise<BackendSubject<Tx>>;
