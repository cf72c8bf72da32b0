/** What can stand in a ledger. */

/**
 * Something sent: it is `tried` before the call; then the promise resolved (`accepted`), was refused with nothing stored (`refused`), or rejected so
 * that nobody knows (`unknown`, which is also what a missing second line means).
 */
export interface SentLine {
	readonly ledger: 'sent';
	readonly id: string;
	readonly what: 'command' | 'batch' | 'process' | 'cancel' | 'repeat';
	readonly phase: 'tried' | 'accepted' | 'refused' | 'unknown';
	/** Members of a batch. */
	readonly members?: readonly string[];
	/** Why it was refused, or what is not known. */
	readonly why?: string;
}

/** A call of a handler: begun (`called`), about to answer with a result (`answered`) or a failure (`failed`), or told to stop (`aborted`). */
export interface CalledLine {
	readonly ledger: 'called';
	readonly id: string;
	readonly generation: number;
	readonly attempt: number;
	readonly worker: string;
	readonly phase: 'called' | 'answered' | 'failed' | 'aborted';
	readonly token?: string;
	/** The verdict of a failure. */
	readonly why?: string;
}

/** An act of an operator on one parked command. */
export interface ActedLine {
	readonly ledger: 'acted';
	readonly id: string;
	readonly action: 'retry' | 'cancel' | 'complete';
	readonly operator: string;
	readonly phase: 'tried' | 'done' | 'refused' | 'unknown';
	readonly why?: string;
}

/** A bulk that was started. */
interface BulkLine {
	readonly ledger: 'bulk';
	readonly id: string;
	readonly operator: string;
	readonly phase: 'tried' | 'done' | 'refused' | 'unknown';
	readonly why?: string;
}

export type LedgerLine = SentLine | CalledLine | ActedLine | BulkLine;
