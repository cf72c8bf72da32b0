import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AnyResult } from '../bus/define-command.ts';
import { PermanentCommandError, TransientCommandError } from '../errors.ts';
import { createHandlers } from '../handling/handler-registry.ts';
import type { Handler } from '../handling/handler.ts';
import { createInMemoryBackend } from '../memory/index.ts';
import { openOtelSdk } from './test-support/otel-sdk.ts';
import type { OtelSdk } from './test-support/otel-sdk.ts';
import { createCommandBus } from '../bus/command-bus.ts';
import { Debit, createTestBed, domain } from '../test-support/test-bed.ts';
import type { TestBed } from '../test-support/test-bed.ts';

let sdk: OtelSdk;
let bed: TestBed<unknown>;

beforeEach(async () => {
	sdk = openOtelSdk({ maxFingerprints: 2 });
	bed = await createTestBed(createInMemoryBackend());
});

afterEach(() => sdk.close());

async function workOff(cents: readonly number[], handle: Handler<{ cents: number }, AnyResult>): Promise<void> {
	const bus = createCommandBus(bed.backend, { telemetry: sdk.telemetry });
	for (const amount of cents) await bus.send(Debit, { cents: amount });
	const worker = await bed.startWorker(createHandlers().on(Debit, handle), { telemetry: sdk.telemetry });
	await bed.pass(5_000);
	await worker.stop();
}

describe('metrics', () => {
	it('count what was sent, received and settled, by outcome', async () => {
		await workOff([0, 1, 2, 3], ({ data: { cents } }) => {
			if (cents === 1) throw new TransientCommandError('BUSY', 'Busy.');
			if (cents === 2) throw new PermanentCommandError('BAD', 'Bad.');
		});

		expect(await sdk.points('cb.commands.sent')).toEqual([{ attributes: { domain }, value: 4 }]);
		expect(await sdk.points('cb.commands.received')).toEqual([{ attributes: { domain }, value: 4 }]);
		const settled = await sdk.points('cb.commands.settled');
		expect(Object.fromEntries(settled.map(({ attributes, value }) => [attributes['outcome'], value]))).toEqual({
			completed: 2,
			'retry-later': 1,
			parked: 1,
		});
	});

	it('count what a handler completes in its transaction', async () => {
		await workOff([1], async (_command, context) => {
			await context.transaction(() => Promise.resolve());
		});

		expect(await sdk.points('cb.commands.settled')).toEqual([
			{ attributes: { domain, outcome: 'completed' }, value: 1 },
		]);
		expect(await sdk.points('cb.settle.size')).toMatchObject([
			{ attributes: { domain, through: 'handler-transaction' }, value: 1, sum: 1 },
		]);
	});

	it('measure handlers and queues by command type', async () => {
		await workOff([1, 2], () => bed.backend.clock.sleep(500));

		expect(await sdk.points('cb.handler.duration.seconds')).toEqual([
			{ attributes: { domain, command_type: 'Debit', outcome: 'completed' }, value: 2, sum: 1 },
		]);
		expect(await sdk.points('cb.queue.latency.seconds')).toMatchObject([
			{ attributes: { domain, command_type: 'Debit' }, value: 2 },
		]);
		expect(await sdk.points('cb.receive.size')).toMatchObject([{ attributes: { domain } }]);
	});

	it('tell the first fingerprints apart, and count the rest together', async () => {
		const messages = ['Card expired', 'Card stolen', 'Card lost', 'Card melted', 'Card expired'];
		await workOff([0, 1, 2, 3, 4], ({ data: { cents } }) => {
			throw new PermanentCommandError('CARD', messages[cents] ?? '');
		});

		const parked = await sdk.points('cb.commands.parked');

		expect(parked).toHaveLength(3);
		expect(parked.map(({ value }) => value)).toEqual([2, 1, 2]);
		expect(parked[2]?.attributes).toEqual({ domain, reason: 'PERMANENT', fingerprint: 'other' });
	});

	it('never have an id as an attribute', async () => {
		await workOff([1], () => {
			throw new PermanentCommandError('BAD', 'Bad.');
		});

		for (const name of ['cb.commands.parked', 'cb.handler.duration.seconds', 'cb.queue.latency.seconds']) {
			for (const { attributes } of await sdk.points(name)) {
				expect(JSON.stringify(attributes)).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}/u);
			}
		}
	});

	it('count lost leases and say which component is ready', async () => {
		const { commandId, correlationId } = await bed.bus.send(Debit, { cents: 1 });
		const command = { domain, commandId, commandType: 'Debit', correlationId, attempt: 1 };
		sdk.telemetry.emit({ kind: 'lease-lost', ...command });
		const worker = await bed.startWorker(createHandlers(), { telemetry: sdk.telemetry });
		const ready = await sdk.points('cb.component.ready');
		await worker.stop();

		expect(await sdk.points('cb.leases.lost')).toMatchObject([{ value: 1 }]);
		expect(ready).toEqual([{ attributes: { component: 'worker', domain }, value: 1 }]);
		expect(await sdk.points('cb.component.ready')).toMatchObject([{ value: 0 }]);
	});

	it('measure waits for a connection', async () => {
		sdk.telemetry.emit({ kind: 'connection-waited', waitedFor: 'handler-lane', durationMs: 250 });

		expect(await sdk.points('cb.connection.wait.seconds')).toEqual([
			{ attributes: { waited_for: 'handler-lane' }, value: 1, sum: 0.25 },
		]);
	});

	it('count the rows that maintenance removed, and how long it took', async () => {
		sdk.telemetry.emit({ kind: 'rows-pruned', what: 'commands', count: 2, rowCount: 9, durationMs: 500 });

		expect(await sdk.points('cb.rows.pruned')).toEqual([{ attributes: { what: 'commands' }, value: 9 }]);
		expect(await sdk.points('cb.prune.duration.seconds')).toEqual([
			{ attributes: { what: 'commands' }, value: 1, sum: 0.5 },
		]);
	});
});
