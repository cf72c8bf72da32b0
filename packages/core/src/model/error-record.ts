/** What is stored and shown about a failure: never a stack, never a payload. */
import type { JsonValue } from './json.ts';

/** The verdict on a failure: try again, ask an operator, or fail at once; CANCELED carries the reason of a cancel. */
export type ErrorType = 'TRANSIENT' | 'PERMANENT' | 'BUSINESS_RULE' | 'CANCELED';

export interface ErrorRecord {
	readonly type: ErrorType;
	/** Upper snake case, the author's own or derived from the class of the thrown value. */
	readonly code: string;
	readonly message: string;
	readonly details: JsonValue;
}

/** Where a command that no worker ever answered for ends: it took its worker down every time. */
export const exhaustedByRedelivery: ErrorRecord = {
	type: 'TRANSIENT',
	code: 'EXHAUSTED_BY_REDELIVERY',
	message: 'Every attempt ended without an answer: the worker died or lost its lease while the handler ran.',
	details: null,
};
