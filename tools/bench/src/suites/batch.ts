/** B20: draining one large batch beside draining as many single commands, taking turns on one database. */
import { commandRequest, createCommandBus } from '@cb/core';
import { createPgBackend } from '@cb/pg';
import { drainInChild } from '../child.ts';
import type { BenchContext } from '../context.ts';
import { perSecond, ratioBar, timed } from '../measure.ts';
import type { SuiteResult } from '../measure.ts';
import { Noop } from '../noop-command.ts';

export async function batchSuite({ freshDatabase, rounds, isQuick, progress }: BenchContext): Promise<SuiteResult> {
	const count = isQuick ? 2_000 : 100_000;
	const single = {
		name: `drain, ${count.toLocaleString('en')} single commands`,
		unit: 'commands/s',
		rounds: [] as number[],
	};
	const batched = { name: 'drain, as many in one batch', unit: 'commands/s', rounds: [] as number[] };
	const opened = { name: 'open the batch', unit: 'commands/s', rounds: [] as number[] };
	for (let round = 1; round <= rounds; round++) {
		progress(`round ${round} of ${rounds}`);
		const database = await freshDatabase();
		const backend = createPgBackend({ connection: database.url });
		const bus = createCommandBus(backend);
		const commands = (): ReturnType<typeof commandRequest>[] =>
			Array.from({ length: count }, (_, number) => commandRequest(Noop, { number }));
		const drain = async (): Promise<number> =>
			perSecond(count, (await drainInChild('worker-drain', database.url, count)).milliseconds);
		try {
			await backend.domains.create('bench');
			await bus.sendMany(commands().slice(0, 5_000));
			await drainInChild('worker-drain', database.url, Math.min(count, 5_000));
			// Who goes first has the emptier tables: they take turns.
			const drainSingle = async (): Promise<void> => {
				await bus.sendMany(commands());
				single.rounds.push(await drain());
			};
			const drainBatch = async (): Promise<void> => {
				opened.rounds.push(perSecond(count, await timed(() => bus.createBatch({ commands: commands() }))));
				batched.rounds.push(await drain());
			};
			for (const measure of round % 2 === 0 ? [drainSingle, drainBatch] : [drainBatch, drainSingle]) await measure();
		} finally {
			await bus.close();
			await backend.close();
			await database.drop();
		}
	}
	return {
		settings: { rounds, count },
		figures: [single, batched, opened],
		bars: [ratioBar('batched drain / unbatched drain (B20)', [batched, single], 0.9)],
	};
}
