/** What the adapter tells of its connections and of what holds vacuum back. */
import { randomUUID } from 'node:crypto';
import { createCommandBus, createHandlers, createWorker, defineCommand } from '@cb/core';
import type { TelemetryEvent } from '@cb/core';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { grantRole, readHeldXmin, revokeRole } from '../src/index.ts';
import { createGate } from './gate.ts';
import { openTestDatabase } from './test-database.ts';

const database = await openTestDatabase();

type Waited = Extract<TelemetryEvent, { readonly kind: 'connection-waited' }>;

function listening(): { readonly waits: Waited[]; readonly emit: (event: TelemetryEvent) => void } {
	const waits: Waited[] = [];
	return {
		waits,
		emit(event) {
			if (event.kind === 'connection-waited') waits.push(event);
		},
	};
}

describe('waits for a connection', () => {
	it('are told where all are taken, and not where one is free', async () => {
		const telemetry = listening();
		const backend = database.openBackend({ maxConnections: 5, telemetry });
		await backend.domains.list();
		const before = telemetry.waits.length;

		await Promise.all(Array.from({ length: 8 }, () => backend.domains.list()));

		expect(before).toBe(0);
		expect(telemetry.waits.length).toBeGreaterThanOrEqual(3);
		expect(telemetry.waits[0]).toMatchObject({ waitedFor: 'pool', durationMs: expect.any(Number) as number });
	});

	it("are told of handlers' transactions that wait for one another", async () => {
		const telemetry = listening();
		const backend = database.openBackend({ maxConnections: 5, telemetry });
		const domain = await database.newDomain();
		const Charge = defineCommand({ domain, type: 'Charge', data: z.object({}) });
		const gate = createGate();
		let begun = 0;
		const handlers = createHandlers().on(Charge, (_command, context) => {
			begun += 1;
			return context.transaction(() => gate.opened);
		});
		const bus = createCommandBus(backend);
		await Promise.all([bus.send(Charge, {}), bus.send(Charge, {})]);
		const worker = createWorker({ backend, domain, handlers });
		await worker.start();

		await expect.poll(() => begun).toBe(2);
		gate.open();
		await expect.poll(() => telemetry.waits.map(({ waitedFor }) => waitedFor)).toContain('handler-lane');
		await worker.stop();
	});

	it('change nothing when the listener throws', async () => {
		const backend = database.openBackend({
			maxConnections: 5,
			telemetry: {
				emit: () => {
					throw new TypeError('broken');
				},
			},
		});

		const lists = await Promise.all(Array.from({ length: 12 }, () => backend.domains.list()));

		expect(lists).toHaveLength(12);
	});
});

describe('the oldest held snapshot', () => {
	it('is measured in transactions and seconds while somebody holds it', async () => {
		const holder = await database.connect();
		await holder.query('begin isolation level repeatable read');
		await holder.query('select 1');
		for (let count = 0; count < 5; count++) await database.newDomain();

		const held = await readHeldXmin({
			query: (text, values) => database.query(text, values).then((rows) => ({ rows })),
		});
		await holder.query('rollback');

		expect(held.ageTransactions).toBeGreaterThanOrEqual(5);
		expect(held.ageSeconds).toBeGreaterThan(0);
	});
});

describe('what has flowed through a domain', () => {
	it('is shown to a reader as far as it may look', async () => {
		const domain = await database.newDomain();
		const role = `cb_test_reader_${randomUUID().slice(-8)}`;
		const owner = await database.connect();
		await owner.query(`create role ${role} login password 'secret'`);
		await grantRole(owner, role, 'reader');
		const url = new URL(database.url);
		url.username = role;
		url.password = 'secret';
		const backend = database.openBackend({ connection: url.href });

		const seen = (await backend.domains.activity()).find((one) => one.domain === domain);

		expect(seen).toMatchObject({ domain, depth: 0, latency: null });
		expect([null, 0]).toContain(seen?.enqueuedCount);
		await revokeRole(owner, role);
		await owner.query(`drop role ${role}`);
	});
});
