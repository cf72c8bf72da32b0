import { createCommandBus, defineCommand, StoreError } from '@cb/core';
import type { AuditEvent, Backend, MaintenanceStore, TelemetryEvent } from '@cb/core';
import { createInMemorySubject } from '@cb/core/memory';
import type { InMemorySubject } from '@cb/core/memory';
import { PassThrough } from 'node:stream';
import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createMaintenance } from '../src/index.ts';
import type { MaintenanceOptions, PruneProgress } from '../src/index.ts';

const domain = 'payments';
const Pay = defineCommand({ domain, type: 'Pay', data: z.object({ cents: z.int() }) });
const dayMs = 86_400_000;

let subject: InMemorySubject;

beforeEach(async () => {
	subject = createInMemorySubject();
	await subject.backend.domains.create(domain);
});

function maintenance(options: Partial<MaintenanceOptions> = {}) {
	return createMaintenance({ backend: subject.backend, pauseMs: 0, ...options });
}

/** Sends commands and completes them; returns their ids. */
async function completed(count: number): Promise<readonly string[]> {
	const bus = createCommandBus(subject.backend);
	const ids: string[] = [];
	for (let cents = 0; cents < count; cents++) ids.push((await bus.send(Pay, { cents })).commandId);
	const { commands } = await subject.backend.commands.receive({
		...{ domain, workerId: 'w', limit: count, leaseSeconds: 30, maxAttemptsByType: {}, defaultMaxAttempts: 3 },
		exhausted: { error: { type: 'TRANSIENT', code: 'X', message: '', details: null }, fingerprint: 'x' },
	});
	const settlements = commands.map(({ lease }) => ({ kind: 'complete', lease, result: null }) as const);
	await subject.backend.commands.settle(domain, settlements);
	return ids;
}

async function remaining(): Promise<number> {
	return (await subject.backend.queries.list({}, {})).items.length;
}

/** Runs with time passing, so that rests end. */
async function passing<Result>(work: Promise<Result>): Promise<Result> {
	const state = { isDone: false };
	const settled = work.finally(() => {
		state.isDone = true;
	});
	settled.catch(() => undefined);
	while (!state.isDone) await subject.backend.clock.advance(100);
	return settled;
}

function withMaintenance(overrides: Partial<MaintenanceStore>): Backend {
	return { ...subject.backend, maintenance: { ...subject.backend.maintenance, ...overrides } };
}

describe('a run of the maintenance', () => {
	it('removes commands of the default age with their audit, and nothing younger', async () => {
		const [old = ''] = await completed(3);
		await subject.backend.clock.advance(31 * dayMs);
		await completed(2);

		const report = await passing(maintenance().runOnce());

		expect(report).toMatchObject({ outcome: 'completed', kinds: { commands: { pruned: 3, kept: 0 } } });
		expect(await remaining()).toBe(2);
		expect(await subject.backend.queries.history({ domain, commandId: old })).toEqual([]);
	});

	it('works in chunks and says how far it is', async () => {
		await completed(25);
		const seen: PruneProgress[] = [];

		await passing(
			maintenance({ retention: { commandsSeconds: 0 }, chunkSize: 10 }).runOnce({
				onProgress: (progress) => void seen.push(progress),
			}),
		);

		const ofCommands = seen.filter(({ kind }) => kind === 'commands');
		expect(ofCommands.map(({ pruned }) => pruned)).toEqual([10, 20, 25]);
	});

	it('tells what went, chunk by chunk, and nothing of a dry run', async () => {
		await completed(15);
		const events: TelemetryEvent[] = [];
		const telemetry = { emit: (event: TelemetryEvent) => void events.push(event) };
		const telling = maintenance({ retention: { commandsSeconds: 0 }, chunkSize: 10, telemetry });

		await passing(telling.runOnce({ isDryRun: true }));
		expect(events).toEqual([]);
		await passing(telling.runOnce());

		const ofCommands = events.filter((event) => event.kind === 'rows-pruned' && event.what === 'commands');
		expect(ofCommands).toMatchObject([{ count: 10 }, { count: 5 }]);
	});

	it('removes nothing in a dry run, and counts what would go', async () => {
		await completed(4);

		const report = await passing(maintenance({ retention: { commandsSeconds: 0 } }).runOnce({ isDryRun: true }));

		expect(report.kinds.commands).toEqual({ pruned: 4, kept: 0, rows: 4 });
		expect(await remaining()).toBe(4);
	});

	it('keeps audit longer than commands where that is said, and ids for their window', async () => {
		const [commandId = ''] = await completed(1);
		const retention = { commandsSeconds: 60, auditSeconds: 7_200, idempotencySeconds: 3_600 };
		const bus = createCommandBus(subject.backend);
		await subject.backend.clock.advance(61_000);
		await passing(maintenance({ retention }).runOnce());
		expect(await remaining()).toBe(0);
		expect(await subject.backend.queries.history({ domain, commandId })).toHaveLength(3);
		await expect(bus.send(Pay, { cents: 1 }, { commandId })).rejects.toMatchObject({ code: 'duplicate-command' });

		await subject.backend.clock.advance(7_200_000);
		await passing(maintenance({ retention }).runOnce());

		expect(await subject.backend.queries.history({ domain, commandId })).toEqual([]);
		await expect(bus.send(Pay, { cents: 1 }, { commandId })).resolves.toMatchObject({ commandId });
	});

	it('ends after the chunk under way when it is told to', async () => {
		await completed(30);
		const stop = new AbortController();

		const report = await passing(
			maintenance({ retention: { commandsSeconds: 0 }, chunkSize: 10 }).runOnce({
				signal: stop.signal,
				onProgress: ({ kind }) => {
					if (kind === 'commands') stop.abort();
				},
			}),
		);

		expect(report).toMatchObject({ outcome: 'stopped', kinds: { commands: { pruned: 10 } } });
		expect(await remaining()).toBe(20);
	});

	it('does nothing while another runner has the claim', async () => {
		await completed(1);
		await subject.backend.maintenance.claim('somebody else', 60);

		const report = await passing(maintenance({ retention: { commandsSeconds: 0 } }).runOnce());

		expect(report.outcome).toBe('busy');
		expect(await remaining()).toBe(1);
	});

	it('lets go of the claim, also after a failure', async () => {
		const backend = withMaintenance({ prune: () => Promise.reject(new TypeError('broken')) });

		await expect(maintenance({ backend }).runOnce()).rejects.toThrow('broken');

		expect(await subject.backend.maintenance.claim('another', 60)).toBe(true);
	});

	it('halves a chunk that takes too long, and goes on', async () => {
		await completed(40);
		const limits: number[] = [];
		const backend = withMaintenance({
			prune(request) {
				if (request.kind === 'commands') limits.push(request.limit);
				if (request.kind === 'commands' && request.limit > 20) {
					throw new StoreError('It took too long.', { reason: 'statement-timeout', isRetryable: true });
				}
				return subject.backend.maintenance.prune(request);
			},
		});

		const report = await passing(maintenance({ backend, chunkSize: 80, retention: { commandsSeconds: 0 } }).runOnce());

		expect(limits.slice(0, 3)).toEqual([80, 40, 20]);
		expect(report.kinds.commands.pruned).toBe(40);
	});
});

describe('the export of audit', () => {
	it('gets every line in order before it goes', async () => {
		const [commandId = ''] = await completed(12);
		const exported: AuditEvent[] = [];
		const history = await subject.backend.queries.history({ domain, commandId });

		await passing(
			maintenance({
				retention: { commandsSeconds: 0 },
				chunkSize: 10,
				exportAudit(events) {
					exported.push(...events);
					return Promise.resolve();
				},
			}).runOnce(),
		);

		expect(exported).toHaveLength(36);
		expect(exported.filter((event) => event.commandId === commandId)).toEqual(history);
		expect(await subject.backend.queries.history({ domain, commandId })).toEqual([]);
	});

	it('keeps what it has not confirmed', async () => {
		const [commandId = ''] = await completed(1);
		const failing = maintenance({
			retention: { commandsSeconds: 0 },
			exportAudit: () => Promise.reject(new Error('the disk is full')),
		});

		await expect(passing(failing.runOnce())).rejects.toThrow('the disk is full');

		expect(await subject.backend.queries.history({ domain, commandId })).toHaveLength(3);
	});

	it('writes JSON lines to a stream, and fails with it', async () => {
		await completed(2);
		const stream = new PassThrough();
		await passing(maintenance({ retention: { commandsSeconds: 0 }, exportAudit: stream }).runOnce());
		const lines = String(stream.read()).trimEnd().split('\n');
		expect(lines.map((line) => z.looseObject({ type: z.string() }).parse(JSON.parse(line)).type)).toEqual([
			'SENT',
			'RECEIVED',
			'COMPLETED',
			'SENT',
			'RECEIVED',
			'COMPLETED',
		]);

		await completed(1);
		stream.destroy();

		const run = maintenance({ retention: { commandsSeconds: 0 }, exportAudit: stream }).runOnce();
		await expect(passing(run)).rejects.toThrow();
	});
});

describe('the maintenance loop', () => {
	it('runs at its start and every interval, and is on standby while another runs', async () => {
		const one = maintenance({ retention: { commandsSeconds: 0 }, intervalMs: 1_000 });
		await completed(3);
		await one.start();
		await subject.backend.clock.advance(100);
		expect(one.health()).toMatchObject({ state: 'waiting', lastReport: { kinds: { commands: { pruned: 3 } } } });

		await completed(2);
		await subject.backend.maintenance.claim('somebody else', 5);
		for (let tenth = 0; tenth < 20; tenth++) await subject.backend.clock.advance(100);
		expect(one.health().state).toBe('standby');
		for (let tenth = 0; tenth < 60; tenth++) await subject.backend.clock.advance(100);

		expect(await remaining()).toBe(0);
		const stopped = one.stop();
		await subject.backend.clock.advance(2_000);
		await stopped;
		expect(one.health().state).toBe('stopped');
	});

	it('says why it is degraded, tries again, and recovers', async () => {
		let isBroken = true;
		const backend = withMaintenance({
			prune: (request) =>
				isBroken ? Promise.reject(new TypeError('broken')) : subject.backend.maintenance.prune(request),
		});
		await using one = maintenance({ backend });
		await one.start();
		await subject.backend.clock.advance(10);
		expect(one.health()).toMatchObject({ state: 'degraded', reason: 'broken', consecutiveFailures: 1 });

		isBroken = false;
		for (let tenth = 0; tenth < 20; tenth++) await subject.backend.clock.advance(100);

		expect(one.health()).toMatchObject({ state: 'waiting', consecutiveFailures: 0 });
	});

	it.each([{ retention: { commandsSeconds: 100, auditSeconds: 50 } }, { chunkSize: 1 }, { leaseSeconds: 0 }])(
		'refuses %j',
		(options) => {
			expect(() => maintenance(options)).toThrow(/auditSeconds|chunkSize|leaseSeconds/);
		},
	);
});
