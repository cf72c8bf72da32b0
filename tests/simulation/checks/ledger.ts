/** What was asked of the system and what it said, kept apart from it: what the store holds in the end is compared with this. */
import type { JsonValue, OperatorAction } from '@cb/core';

/** What the senders of one command id were told. */
export interface Sends {
	/** Receipts that say it was stored by this call. */
	accepted: number;
	/** Receipts and refusals that say it was there before. */
	known: number;
	/** Refusals that say nothing was stored. */
	refused: number;
	/** Nobody knows. */
	unknown: number;
}

/** What an operator was told about an act; each act has an operator of its own. */
export interface ActNote {
	readonly operatorId: string;
	readonly commandId: string;
	readonly action: OperatorAction;
	outcome: 'done' | 'refused' | 'unknown';
}

export interface CancelNote {
	readonly commandId: string;
	readonly reason: string;
	outcome: 'done' | 'refused' | 'unknown';
}

export interface StartNote {
	readonly processId: string;
	readonly businessKey: string | undefined;
	readonly outcome: 'started' | 'existing' | 'unknown';
}

/** One begun run of a handler. */
export interface Run {
	readonly run: number;
	readonly commandId: string;
	readonly generation: number;
	readonly attempt: number;
	readonly maxAttempts: number;
	/** Of a run that came to its end without throwing. */
	hasReturned: boolean;
}

export class Ledger {
	readonly sends = new Map<string, Sends>();
	readonly acts: ActNote[] = [];
	readonly cancels: CancelNote[] = [];
	readonly starts: StartNote[] = [];
	readonly runs: Run[] = [];
	/** How often the listener of a batch was called. */
	readonly batchCalls = new Map<string, number>();
	/** Each bulk has an operator of its own. */
	readonly bulkOperators: string[] = [];
	readonly #begun = new Set<string>();

	sendsOf(commandId: string): Sends {
		const known = this.sends.get(commandId);
		if (known !== undefined) return known;
		const sends: Sends = { accepted: 0, known: 0, refused: 0, unknown: 0 };
		this.sends.set(commandId, sends);
		return sends;
	}

	/** `undefined` when this attempt has begun before. */
	begin(about: Omit<Run, 'run' | 'hasReturned'>): Run | undefined {
		const key = `${about.commandId}/${about.generation}/${about.attempt}`;
		if (this.#begun.has(key)) return undefined;
		this.#begun.add(key);
		const run: Run = { ...about, run: this.runs.length + 1, hasReturned: false };
		this.runs.push(run);
		return run;
	}

	/** The run that a result comes from. */
	runOf(result: JsonValue): Run | undefined {
		const number = typeof result === 'object' && result !== null && 'run' in result ? result['run'] : undefined;
		return typeof number === 'number' ? this.runs[number - 1] : undefined;
	}
}
