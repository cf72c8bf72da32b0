/** The lock order leaves no deadlock between our own moves. With strangers there can be one: it is repeated where that is ours to do. */
import type { StoreError } from '@cb/core';
import { describe, expect, it } from 'vitest';
import { aCommand, accept, completeOf, receiveAll } from './moves.ts';
import { openTestDatabase } from './test-database.ts';

const database = await openTestDatabase();
const backend = database.openBackend();

describe('a deadlock that comes all the same', () => {
	it('is repeated inside our own transactions: the caller does not hear of it', async () => {
		const domain = await database.newDomain();
		await accept(backend, domain, 2);
		const received = (await receiveAll(backend, domain)).toSorted(
			(a, b) => Number(a.lease.messageId) - Number(b.lease.messageId),
		);
		const [first, second] = received.map(({ lease }) => lease.messageId);
		const stranger = await database.connect();
		await stranger.query(`begin; set local deadlock_timeout = '1h'`);
		const lock = `select from pgmq.q_${domain}__commands where msg_id = $1 for update`;
		await stranger.query(lock, [second]);

		const settling = backend.commands.settle(domain, received.map(completeOf));
		await expect
			.poll(() =>
				database.value(`select count(*)::integer from pg_locks where not granted and locktype = 'transactionid'`),
			)
			.toBe(1);
		await stranger.query(lock, [first]);
		await stranger.query('rollback');

		expect(await settling).toEqual([{ kind: 'settled' }, { kind: 'settled' }]);
	});

	it("is told, not repeated, inside a caller's transaction", async () => {
		const domain = await database.newDomain();
		const [ours, theirs] = [aCommand(domain), aCommand(domain)];
		const [caller, stranger] = [await database.connect(), await database.connect()];
		await Promise.all([caller.query('begin'), stranger.query(`begin; set local deadlock_timeout = '1h'`)]);
		await backend.commands.accept([ours], caller);
		await backend.commands.accept([theirs], stranger);

		const blocked = backend.commands.accept([ours], stranger);
		const attempt = backend.commands.accept([theirs], caller).catch((thrown: unknown) => thrown as StoreError);

		expect(await attempt).toMatchObject({ code: 'store', reason: 'deadlock', isRetryable: true });
		await caller.query('rollback');
		expect(await blocked).toEqual([{ kind: 'accepted' }]);
		await stranger.query('rollback');
	});

	it('so is a serialization failure of a caller that asked for serializable', async () => {
		const domain = await database.newDomain();
		const command = aCommand(domain);
		const caller = await database.connect();
		await caller.query('begin isolation level repeatable read');
		await caller.query('select count(*) from cb.command');
		await backend.commands.accept([command]);

		const attempt = backend.commands.accept([command], caller);

		await expect(attempt).rejects.toMatchObject({ code: 'store', reason: 'serialization', isRetryable: true });
		await caller.query('rollback');
	});
});
