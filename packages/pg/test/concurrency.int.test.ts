/** Many at once on real connections: nothing is leased twice, every move is made once, and no deadlock comes of it. */
import { randomUUID } from 'node:crypto';
import type { OperatorRequest, ReceivedCommand } from '@cb/core';
import { describe, expect, it } from 'vitest';
import { aCommand, accept, completeOf, park, parkOf, receive, receiveAll } from './moves.ts';
import { openTestDatabase } from './test-database.ts';

const database = await openTestDatabase();
const backend = database.openBackend({ maxConnections: 20 });

function inChunks<Item>(items: readonly Item[], size: number): readonly (readonly Item[])[] {
	return items.length <= size ? [items] : [items.slice(0, size), ...inChunks(items.slice(size), size)];
}

describe('leases', () => {
	it('C14 sixteen workers on one queue: no command is ever leased to two at once', async () => {
		const domain = await database.newDomain();
		const sent = await accept(backend, domain, 3_000);
		const workers = Array.from({ length: 4 }, () => database.openBackend({ maxConnections: 5 }));

		const received = await Promise.all(
			Array.from({ length: 16 }, async (_, worker) => {
				const from = workers[worker % 4] ?? backend;
				const mine: ReceivedCommand[] = [];
				for (;;) {
					const some = await receive(from, domain, 1 + (worker % 5) * 20);
					if (some.length === 0) return mine;
					mine.push(...some);
				}
			}),
		);

		await Promise.all(workers.map((worker) => worker.close()));
		const leases = received.flat();
		expect(leases).toHaveLength(sent.length);
		expect(new Set(leases.map(({ lease }) => lease.messageId)).size).toBe(sent.length);
		expect(leases.every(({ lease }) => lease.attempt === 1)).toBe(true);
		expect(received.filter((mine) => mine.length > 0).length).toBeGreaterThan(1);
	});

	it('F6 C14 workers that receive and settle at the same time end every command exactly once', async () => {
		const domain = await database.newDomain();
		await accept(backend, domain, 1_000);

		const settled = await Promise.all(
			Array.from({ length: 16 }, async () => {
				let count = 0;
				for (
					let some = await receive(backend, domain, 25);
					some.length > 0;
					some = await receive(backend, domain, 25)
				) {
					const outcomes = await backend.commands.settle(domain, some.map(completeOf));
					count += outcomes.filter(({ kind }) => kind === 'settled').length;
				}
				return count;
			}),
		);

		expect(settled.reduce((sum, count) => sum + count, 0)).toBe(1_000);
		const [replies, completed] = await Promise.all([
			database.value(`select count(*)::integer from pgmq.q_${domain}__replies`),
			database.value(`select count(*)::integer from cb.command_audit where domain = $1 and type = 'COMPLETED'`, [
				domain,
			]),
		]);
		expect([replies, completed]).toEqual([1_000, 1_000]);
	});
});

describe('overlapping sets in different orders', () => {
	it('A10 of sends: each id is stored once, every sender is answered, none hears of a deadlock', async () => {
		const domain = await database.newDomain();
		const commands = Array.from({ length: 200 }, () => aCommand(domain));

		const outcomes = await Promise.all(
			Array.from({ length: 16 }, (_, sender) => {
				const mine = commands.map((command) => ({ ...command, correlationId: randomUUID() }));
				return backend.commands.accept(sender % 2 === 0 ? mine : mine.toReversed());
			}),
		);

		const kinds = outcomes.flat().map(({ kind }) => kind);
		expect(kinds.filter((kind) => kind === 'accepted')).toHaveLength(200);
		expect(kinds.filter((kind) => kind === 'duplicate')).toHaveLength(15 * 200);
		expect(await database.value(`select count(*)::integer from pgmq.q_${domain}__commands`)).toBe(200);
	});

	it('of sends over several domains', async () => {
		const domains = [await database.newDomain(), await database.newDomain(), await database.newDomain()];
		const commands = domains.flatMap((domain) => Array.from({ length: 60 }, () => aCommand(domain)));

		const outcomes = await Promise.all(
			Array.from({ length: 12 }, (_, sender) => {
				const shift = (sender * 37) % commands.length;
				const mine = [...commands.slice(shift), ...commands.slice(0, shift)];
				return backend.commands.accept(sender % 2 === 0 ? mine : mine.toReversed());
			}),
		);

		expect(outcomes.flat().filter(({ kind }) => kind === 'accepted')).toHaveLength(180);
	});

	it('of settles: each command ends once, the others find their lease gone', async () => {
		const domain = await database.newDomain();
		await accept(backend, domain, 300);
		const received = await receiveAll(backend, domain);

		const outcomes = await Promise.all(
			Array.from({ length: 8 }, (_, settler) => {
				const settlements = received.map(settler % 3 === 0 ? parkOf : completeOf);
				return backend.commands.settle(domain, settler % 2 === 0 ? settlements : settlements.toReversed());
			}),
		);

		expect(outcomes.flat().filter(({ kind }) => kind === 'settled')).toHaveLength(300);
		expect(outcomes.flat().filter(({ kind }) => kind === 'lease-lost')).toHaveLength(7 * 300);
	});

	it('C12 of mixed outcomes beside heartbeats', async () => {
		const domain = await database.newDomain();
		await accept(backend, domain, 400);
		const received = await receiveAll(backend, domain);
		const leases = received.map(({ lease }) => lease);
		const mixed = received.map((command, index) => (index % 2 === 0 ? parkOf : completeOf)(command));
		const isBusy = { value: true };
		const renewing = Array.from({ length: 3 }, async () => {
			while (isBusy.value) await backend.commands.extend(domain, leases, 60);
		});

		// Large sets, so that each meets a heartbeat in the middle.
		const outcomes = await Promise.all(inChunks(mixed, 100).map((some) => backend.commands.settle(domain, some)));
		isBusy.value = false;
		await Promise.all(renewing);

		expect(outcomes.flat().every(({ kind }) => kind === 'settled')).toBe(true);
	});

	it('C12 of settles, heartbeats and releases', async () => {
		const domain = await database.newDomain();
		await accept(backend, domain, 300);
		const received = await receiveAll(backend, domain);
		const backwards = received.toReversed();

		await Promise.all([
			...inChunks(backwards, 50).map((some) => backend.commands.settle(domain, some.map(completeOf))),
			...Array.from({ length: 6 }, (_, n) =>
				backend.commands.extend(
					domain,
					(n % 2 === 0 ? received : backwards).map(({ lease }) => lease),
					60,
				),
			),
			backend.commands.release(
				domain,
				backwards.slice(0, 100).map(({ lease }) => lease),
			),
		]);
	});
});

describe('an operator beside others', () => {
	const acts: readonly ((address: ReceivedCommand) => OperatorRequest)[] = [
		({ domain, commandId }) => ({ domain, commandId, operator: { id: 'ada' }, action: 'retry' }),
		({ domain, commandId }) => ({ domain, commandId, operator: { id: 'bob' }, action: 'cancel', reason: 'no' }),
		({ domain, commandId }) => ({ domain, commandId, operator: { id: 'eve' }, action: 'complete', result: 1 }),
	];

	it('M1 J8 concurrent retry, cancel and complete: one wins per command, with one reply at most', async () => {
		const domain = await database.newDomain();
		const parked = await park(backend, domain, 60);

		const outcomes = await Promise.all(
			[...parked, ...parked.toReversed()].flatMap((address) =>
				acts.map((act) => backend.troubleshooting.act(act(address))),
			),
		);

		expect(outcomes.filter(({ kind }) => kind === 'done')).toHaveLength(60);
		expect(new Set(outcomes.map(({ kind }) => kind))).toEqual(new Set(['done', 'not-parked']));
		const operatorLines = `select count(*)::integer from cb.command_audit where domain = $1 and type like 'OPERATOR%'`;
		expect(await database.value(operatorLines, [domain])).toBe(60);
	});

	it('acts on parked commands while workers take, settle and park them again, without a deadlock', async () => {
		const domain = await database.newDomain();
		const parked = await park(backend, domain, 100);
		const operating = Promise.all(
			parked.map((address, index) => backend.troubleshooting.act((acts[index % 3] ?? expect.fail())(address))),
		);

		const working = Array.from({ length: 6 }, async () => {
			for (let round = 0; round < 20; round++) {
				const some = await receive(backend, domain, 10);
				await backend.commands.settle(domain, some.toReversed().map(completeOf));
			}
		});
		await Promise.all([operating, ...working]);
		await backend.commands.settle(domain, (await receiveAll(backend, domain)).map(completeOf));

		const left = await backend.queries.list({ domain }, { limit: 200 });
		expect(new Set(left.items.map(({ status }) => status))).toEqual(new Set(['COMPLETED', 'CANCELED']));
	});

	it("A21 the sender's cancel and a worker's receive: one of them gets each command", async () => {
		const domain = await database.newDomain();
		const sent = await accept(backend, domain, 150);
		const canceling = Promise.all(sent.toReversed().map((address) => backend.commands.cancel(address, undefined)));

		const received = await Promise.all(Array.from({ length: 4 }, () => receiveAll(backend, domain)));
		const outcomes = await canceling;
		await backend.commands.settle(domain, received.flat().map(completeOf));

		const canceled = outcomes.filter(({ kind }) => kind === 'canceled').length;
		expect(canceled + received.flat().length).toBe(150);
		expect(await database.value(`select count(*)::integer from pgmq.q_${domain}__replies`)).toBe(150);
	});

	it('M4 bulks worked off by several servers at once, beside single acts', async () => {
		const domain = await database.newDomain();
		const parked = await park(backend, domain, 120);
		const bulks = [randomUUID(), randomUUID()];
		for (const bulkId of bulks) {
			const frozen = {
				bulkId,
				operator: { id: 'ada' },
				action: { action: 'complete', result: null },
				filter: { domain },
			} as const;
			const { digest } = await backend.troubleshooting.freezeBulk(frozen);
			await backend.troubleshooting.startBulk(bulkId, digest);
		}
		const singles = Promise.all(
			parked.slice(0, 40).map((address) => backend.troubleshooting.act((acts[1] ?? expect.fail())(address))),
		);

		const statuses = async (): Promise<readonly unknown[]> => {
			const seen = await Promise.all(bulks.map((bulkId) => backend.troubleshooting.getBulk(bulkId)));
			return seen.map((bulk) => bulk?.status);
		};

		await Promise.all(
			Array.from({ length: 4 }, async () => {
				// A call that finds each bulk in somebody's hands has done nothing.
				while ((await statuses()).includes('RUNNING')) await backend.troubleshooting.workBulk(10);
			}),
		);
		await singles;

		expect(await statuses()).toEqual(['COMPLETED', 'COMPLETED']);
		expect(await backend.troubleshooting.count({ domain })).toBe(0);
		expect(await database.value(`select count(*)::integer from pgmq.q_${domain}__replies`)).toBe(120);
	});
});

it('no deadlock came of any of this', async () => {
	// Sessions report when they end.
	await backend.close();
	const others = `select count(*)::integer from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`;
	await expect.poll(() => database.value(others)).toBe(0);

	expect(
		await database.value('select deadlocks::integer from pg_stat_database where datname = current_database()'),
	).toBe(0);
});
