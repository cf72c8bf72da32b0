/** What the set-based SQL functions say about single positions of a set. */
import type { Row } from './columns.ts';

/** Why a command of the set was not stored. Positions that are missing were. */
export interface Refusal {
	readonly position: number;
	readonly outcome: 'duplicate' | 'domain-not-found' | 'reply-queue-not-found' | 'nothing-stored';
}

/** What became of the process at a position. */
export interface StartRow {
	readonly position: number;
	readonly outcome: 'started' | 'existing' | 'duplicate' | 'domain-not-found' | 'reply-queue-not-found';
	readonly processId: string | null;
}

/** What an accepting statement did, and the transaction it did it in. */
export interface Accepted {
	readonly refusals: readonly Refusal[];
	readonly transactionId: string;
}

export interface Started {
	readonly rows: readonly StartRow[];
	readonly transactionId: string;
}

/** The type `cb.refusal`. */
interface RefusalJson {
	readonly refused_position: number;
	readonly outcome: Refusal['outcome'];
}

/** Of the one row of the statement. */
export function acceptedOf([row]: readonly Row[]): Accepted {
	const refused = (row?.['refusals'] ?? []) as readonly RefusalJson[];
	return {
		refusals: refused.map(({ refused_position: position, outcome }) => ({ position, outcome })),
		transactionId: row?.['transaction_id'] as string,
	};
}

export function startedOf([row]: readonly Row[]): Started {
	return { rows: row?.['started'] as readonly StartRow[], transactionId: row?.['transaction_id'] as string };
}
