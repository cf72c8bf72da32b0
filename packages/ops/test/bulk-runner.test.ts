import { StoreError } from '@cb/core';
import type { Backend, BulkRecord, TelemetryEvent } from '@cb/core';
import { describe, expect, it } from 'vitest';
import { createBulkRunner } from '../src/index.ts';
import { ada, openQueue, parkMany } from './scenario.ts';
import type { Scenario } from './scenario.ts';

async function startBulk(scenario: Scenario, count: number): Promise<string> {
	await parkMany(scenario, count);
	const action = { action: 'cancel', reason: 'x' } as const;
	const { bulkId, digest } = await scenario.queue.bulk.preview({ filter: {}, action, operator: ada });
	await scenario.queue.bulk.start(bulkId, digest);
	return bulkId;
}

/** The same store behind a line that fails while it is cut. */
function withFaults({ backend }: Scenario): { readonly backend: Backend; readonly line: { isCut: boolean } } {
	const line = { isCut: false };
	const lost = new StoreError('connection refused', { reason: 'connection', isRetryable: true });
	const workBulk = async (limit: number, bulkId?: string): Promise<BulkRecord | undefined> => {
		if (line.isCut) throw lost;
		return backend.troubleshooting.workBulk(limit, bulkId);
	};
	return { backend: { ...backend, troubleshooting: { ...backend.troubleshooting, workBulk } }, line };
}

describe('createBulkRunner', () => {
	it('works off started bulks in the background', async () => {
		const scenario = await openQueue();
		const runner = createBulkRunner({ backend: scenario.backend, chunkSize: 2 });
		await runner.start();
		const bulkId = await startBulk(scenario, 5);

		await scenario.subject.elapse(2_000);

		expect(await scenario.queue.bulk.progress(bulkId)).toMatchObject({ status: 'COMPLETED', doneCount: 5 });
		expect(runner.health()).toMatchObject({ state: 'idle', consecutiveFailures: 0 });
		expect(runner.health().lastWorkedAt).toBeInstanceOf(Date);
		await runner.stop();
	});

	it('leaves bulks alone before it is started and after it is stopped', async () => {
		const scenario = await openQueue();
		const runner = createBulkRunner({ backend: scenario.backend });
		const bulkId = await startBulk(scenario, 2);
		await scenario.subject.elapse(5_000);
		expect(await scenario.queue.bulk.progress(bulkId)).toMatchObject({ doneCount: 0 });

		await runner.start();
		await runner.stop();
		const { doneCount } = await scenario.queue.bulk.progress(bulkId);
		await scenario.subject.elapse(5_000);

		expect(await scenario.queue.bulk.progress(bulkId)).toMatchObject({ doneCount });
		expect(runner.health().state).toBe('stopped');
		await runner.stop();
	});

	it('can be started again', async () => {
		const scenario = await openQueue();
		const runner = createBulkRunner({ backend: scenario.backend });
		await runner.start();
		await runner.start();
		await runner.stop();
		await runner.start();
		const bulkId = await startBulk(scenario, 1);

		await scenario.subject.elapse(2_000);

		expect(await scenario.queue.bulk.progress(bulkId)).toMatchObject({ status: 'COMPLETED' });
		await runner.stop();
	});

	it('M11 goes on after the store was away, with exactly one result per item', async () => {
		const scenario = await openQueue();
		const { backend, line } = withFaults(scenario);
		const events: TelemetryEvent[] = [];
		const telemetry = { emit: (event: TelemetryEvent) => void events.push(event) };
		const runner = createBulkRunner({ backend, chunkSize: 1, maxBackoffMs: 1_000, telemetry });
		const bulkId = await startBulk(scenario, 3);
		line.isCut = true;
		await runner.start();
		await scenario.subject.elapse(10_000);
		expect(runner.health()).toMatchObject({ state: 'degraded', reason: 'connection refused' });
		expect(runner.health().consecutiveFailures).toBeGreaterThan(5);
		expect(events.filter(({ kind }) => kind === 'infrastructure-failed').length).toBeGreaterThan(5);
		expect(events.length).toBeLessThan(50);

		line.isCut = false;
		await scenario.subject.elapse(5_000);

		expect(await scenario.queue.bulk.progress(bulkId)).toMatchObject({ status: 'COMPLETED', doneCount: 3 });
		expect(runner.health()).toMatchObject({ state: 'idle', consecutiveFailures: 0 });
		await runner.stop();
	});

	it('does not start on a store that it does not fit, and says so', async () => {
		const scenario = await openQueue();
		const broken = new StoreError('no schema', { reason: 'unknown', isRetryable: false });
		const runner = createBulkRunner({
			backend: { ...scenario.backend, checkSchema: () => Promise.reject(broken) },
		});

		await expect(runner.start()).rejects.toBe(broken);

		expect(runner.health().state).toBe('stopped');
	});

	it.each([{ chunkSize: 0 }, { chunkSize: 1_001 }, { pollIntervalMs: 0 }, { poll: 1 }])(
		'refuses the options %j',
		async (options) => {
			const { backend } = await openQueue();

			expect(() => createBulkRunner({ backend, ...options })).toThrow(/Bulk runner/);
		},
	);
});
