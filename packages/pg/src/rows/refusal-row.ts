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

export function refusalRowsOf(row: Row): readonly Refusal[] {
	return row['refusals'] as readonly Refusal[];
}

export function startRowsOf(row: Row): readonly StartRow[] {
	return row['started'] as readonly StartRow[];
}
