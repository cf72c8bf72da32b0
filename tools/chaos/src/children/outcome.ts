/** What became of a call, as far as the caller can know. */
import { isCommandBusError } from '@cb/core';

export type Outcome =
	| { readonly phase: 'done' }
	| { readonly phase: 'refused'; readonly why: string }
	| { readonly phase: 'unknown'; readonly why: string };

/** A named refusal means that nothing changed; a `StoreError` that nobody knows. Anything else is a defect and is thrown on. */
export async function outcomeOf(call: () => Promise<unknown>): Promise<Outcome> {
	try {
		await call();
		return { phase: 'done' };
	} catch (error) {
		if (!isCommandBusError(error)) throw error;
		return { phase: isCommandBusError(error, 'store') ? 'unknown' : 'refused', why: error.code };
	}
}
