/** Several operators at once: of the acts on one command exactly one wins, and the others name it. */
import { isCommandBusError } from '@cb/core';
import type { CommandAddress } from '@cb/core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { TroubleshootingQueue } from '../src/index.ts';
import {
	ada,
	addressOf,
	bob,
	eventsOf,
	openQueue,
	park,
	parkMany,
	queuedIn,
	recordOf,
	repliesOn,
	statusOf,
	withOptions,
} from './scenario.ts';
import type { Scenario } from './scenario.ts';

const acts = ['retry', 'cancel', 'complete', 'amend', 'bulk'] as const;
type Act = (typeof acts)[number];

const expectedStatus = {
	retry: 'PENDING',
	amend: 'PENDING',
	bulk: 'CANCELED',
	cancel: 'CANCELED',
	complete: 'COMPLETED',
};

it('M1 lets exactly one of concurrent retry, cancel and complete through', async () => {
	const scenario = await openQueue();
	const address = addressOf(await park(scenario));

	const outcomes = await Promise.allSettled([
		scenario.queue.retry({ ...address, operator: ada }),
		scenario.queue.cancel({ ...address, operator: bob, reason: 'x' }),
		scenario.queue.complete({ ...address, operator: ada }),
	]);

	expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
	for (const outcome of outcomes) {
		if (outcome.status === 'rejected') expect(isCommandBusError(outcome.reason, 'invalid-operation')).toBe(true);
	}
	expect((await repliesOn(scenario)).length).toBeLessThanOrEqual(1);
	const audited = (await eventsOf(scenario, address)).filter(({ type }) => type.startsWith('OPERATOR_'));
	expect(audited).toHaveLength(1);
});

it('M1 has one winner per command whatever operators do in whatever order', async () => {
	const move = fc.record({
		act: fc.constantFrom(...acts),
		target: fc.nat({ max: 2 }),
		operator: fc.constantFrom(ada, bob),
		isGuarded: fc.boolean(),
		saysVersion: fc.boolean(),
	});
	await fc.assert(
		fc.asyncProperty(fc.array(move, { minLength: 2, maxLength: 12 }), fc.scheduler(), async (moves, scheduler) => {
			const scenario = await openQueue();
			const parked = (await parkMany(scenario, 3)).map(addressOf);
			const versions = await Promise.all(parked.map(async (address) => (await recordOf(scenario, address)).version));
			const guardedQueue = withOptions(scenario, { authorize: () => true });

			const results = moves.map((each) => {
				const target = parked[each.target] ?? expect.fail('there are three');
				const version = each.saysVersion ? { expectedVersion: versions[each.target] } : {};
				const queue = each.isGuarded ? guardedQueue : scenario.queue;
				const start = scheduler.schedule(Promise.resolve(), each.act);
				return start
					.then(() => perform(queue, each, { ...target, ...version }))
					.then(
						(hasWon) => ({ ...each, hasWon }),
						(error: unknown) => {
							expect(isCommandBusError(error, 'invalid-operation') || isCommandBusError(error, 'conflict')).toBe(true);
							return { ...each, hasWon: false };
						},
					);
			});
			await scheduler.waitIdle();
			const outcomes = await Promise.all(results);

			for (const [index, address] of parked.entries()) {
				const touched = outcomes.filter(({ target }) => target === index);
				const winners = touched.filter(({ hasWon }) => hasWon);
				expect(winners).toHaveLength(touched.length === 0 ? 0 : 1);
				await expectResolvedOnce(scenario, address, winners[0]?.act);
			}
			const retried = outcomes.filter(({ act, hasWon }) => hasWon && expectedStatus[act] === 'PENDING');
			expect(await queuedIn(scenario)).toBe(retried.length);
		}),
		{ numRuns: 60 },
	);
});

/** Resolves to whether this one won. */
async function perform(
	queue: TroubleshootingQueue,
	{ act, operator }: { readonly act: Act; readonly operator: typeof ada | typeof bob },
	target: CommandAddress & { readonly expectedVersion?: number | undefined },
): Promise<boolean> {
	switch (act) {
		case 'retry':
			await queue.retry({ ...target, operator });
			return true;
		case 'cancel':
			await queue.cancel({ ...target, operator, reason: 'x' });
			return true;
		case 'complete':
			await queue.complete({ ...target, operator });
			return true;
		case 'amend':
			await queue.amendAndRetry({ ...target, operator, reason: 'x', data: { amount: 1 } });
			return true;
		case 'bulk':
			return cancelInBulk(queue, operator, target);
	}
}

async function cancelInBulk(
	queue: TroubleshootingQueue,
	operator: typeof ada | typeof bob,
	{ commandId }: CommandAddress,
): Promise<boolean> {
	const filter = { text: commandId };
	const action = { action: 'cancel', reason: 'x' } as const;
	const { bulkId, digest } = await queue.bulk.preview({ filter, action, operator });
	await queue.bulk.start(bulkId, digest, { operator });
	const { doneCount } = await queue.bulk.run(bulkId);
	return doneCount === 1;
}

async function expectResolvedOnce(scenario: Scenario, address: CommandAddress, winner: Act | undefined): Promise<void> {
	const audited = (await eventsOf(scenario, address)).filter(({ type }) => type.startsWith('OPERATOR_'));
	const replies = (await repliesOn(scenario)).filter(({ command_id }) => command_id === address.commandId);
	if (winner === undefined) {
		expect(await statusOf(scenario, address)).toBe('IN_TROUBLESHOOTING_QUEUE');
		expect([audited.length, replies.length]).toEqual([0, 0]);
		return;
	}
	expect(await statusOf(scenario, address)).toBe(expectedStatus[winner]);
	expect([audited.length, replies.length]).toEqual([1, expectedStatus[winner] === 'PENDING' ? 0 : 1]);
}
