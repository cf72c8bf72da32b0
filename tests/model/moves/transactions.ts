/** Transactions of a caller, to commit or to be left. */
import type { Stage } from '../stage.ts';

export type CallersTransaction = 'none' | 'commit' | 'roll-back';

/** Thrown to leave a transaction. */
export class RollBack extends Error {}

/** What `work` resolves with, whatever becomes of the transaction; a rolled back one leaves nothing. */
export async function inTransaction<Result>(
	stage: Stage,
	transaction: CallersTransaction,
	work: (tx?: unknown) => Promise<Result>,
): Promise<Result> {
	if (transaction === 'none') return work();
	const { promise, resolve } = Promise.withResolvers<Result>();
	try {
		await stage.transaction(async (tx) => {
			resolve(await work(tx));
			if (transaction === 'roll-back') throw new RollBack();
		});
	} catch (error) {
		if (!(error instanceof RollBack)) throw error;
	}
	return promise;
}
