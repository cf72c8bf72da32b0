/** Transactions of a caller, to commit or to be left. */
import type { Stage } from '../stage.ts';

/** Thrown to leave a transaction. */
export class RollBack extends Error {}

export async function inTransaction<Result>(
	stage: Stage,
	end: 'commit' | 'roll-back',
	work: (tx: unknown) => Promise<Result>,
): Promise<Result> {
	const { promise, resolve } = Promise.withResolvers<Result>();
	try {
		await stage.transaction(async (tx) => {
			resolve(await work(tx));
			if (end === 'roll-back') throw new RollBack();
		});
	} catch (error) {
		if (!(error instanceof RollBack)) throw error;
	}
	return promise;
}
