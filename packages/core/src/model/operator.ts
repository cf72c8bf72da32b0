/** Who acts on parked work and why: required on every act, kept in the audit for good. */
import type { JsonValue } from './json.ts';

export interface Operator {
	/** Non-blank: a login, an e-mail address, the name of a service account. */
	readonly id: string;
	/** @default 'human' */
	readonly kind?: 'human' | 'service' | undefined;
}

/** What an operator may do to a parked command. */
export const operatorActions = ['retry', 'cancel', 'complete'] as const;

export type OperatorAction = (typeof operatorActions)[number];

/** The last operator's act on a command: what a conflict names. */
export interface OperatorAct {
	readonly action: OperatorAction;
	readonly operator: Operator;
	readonly reason: string | null;
	readonly at: Date;
}

/** A changed payload, with what an auditor needs: the difference, and the payload itself. */
export interface Amendment {
	readonly data: JsonValue;
	/** JSON diff from the parked payload to `data`, as made by the caller. */
	readonly diff: JsonValue;
}
