import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createInMemoryBackend } from '../memory/index.ts';
import { openOtelSdk } from './test-support/otel-sdk.ts';
import type { OtelSdk } from './test-support/otel-sdk.ts';
import { createRecordedTelemetry } from '../test-support/recorded-telemetry.ts';
import { Debit, createTestBed, domain } from '../test-support/test-bed.ts';
import type { TestBed } from '../test-support/test-bed.ts';
import { createQueueObserver } from './queue-observer.ts';
import type { QueueObserver } from './queue-observer.ts';

let sdk: OtelSdk;
let bed: TestBed<unknown>;
let observer: QueueObserver | undefined;

beforeEach(async () => {
	sdk = openOtelSdk();
	bed = await createTestBed(createInMemoryBackend());
});

afterEach(async () => {
	await observer?.stop();
	await sdk.close();
});

describe('gauges of queues', () => {
	it('show what lies in each domain, and how old the oldest is', async () => {
		await bed.bus.send(Debit, { cents: 1 });
		await bed.bus.send(Debit, { cents: 2 }, { delaySeconds: 600 });
		await bed.pass(20_000);
		observer = createQueueObserver({ backend: bed.backend, meter: sdk.meter });
		await observer.start();

		const depth = await sdk.points('cb.queue.depth');

		expect(Object.fromEntries(depth.map(({ attributes, value }) => [attributes['state'], value]))).toEqual({
			ready: 1,
			delayed: 1,
			in_flight: 0,
			stalled: 0,
		});
		expect(await sdk.points('cb.queue.oldest.age.seconds')).toEqual([{ attributes: { domain }, value: 20 }]);
		expect(await sdk.points('cb.tsq.depth')).toEqual([{ attributes: { domain }, value: 0 }]);
	});

	it('show how old the oldest held snapshot is, where somebody can tell', async () => {
		const readHeldXmin = (): Promise<{ ageTransactions: number; ageSeconds: number }> =>
			Promise.resolve({ ageTransactions: 1_200, ageSeconds: 90 });
		observer = createQueueObserver({ backend: bed.backend, meter: sdk.meter, readHeldXmin });
		await observer.start();

		expect(await sdk.points('cb.held_xmin.transactions')).toMatchObject([{ value: 1_200 }]);
		expect(await sdk.points('cb.held_xmin.age.seconds')).toMatchObject([{ value: 90 }]);
	});

	it('follow on their beat, and say how old they are when nothing can be looked up any more', async () => {
		const telemetry = createRecordedTelemetry();
		observer = createQueueObserver({ backend: bed.backend, meter: sdk.meter, telemetry, intervalMs: 1_000 });
		await observer.start();
		await bed.bus.send(Debit, { cents: 1 });
		await bed.pass(1_100);
		const followed = await sdk.points('cb.queue.depth');
		bed.faults.fail('statistics');
		await bed.pass(5_000);
		const [away] = await sdk.points('cb.queue.look.age.seconds');
		bed.faults.mend('statistics');
		await bed.pass(1_100);

		expect(followed[0]).toMatchObject({ attributes: { state: 'ready' }, value: 1 });
		expect(away?.value).toBeGreaterThan(4);
		expect(telemetry.of('infrastructure-failed')[0]).toMatchObject({ component: 'queue observer' });
		expect((await sdk.points('cb.queue.look.age.seconds'))[0]?.value).toBeLessThan(1);
	});

	it('end with the observer', async () => {
		observer = createQueueObserver({ backend: bed.backend, meter: sdk.meter });
		await observer.start();
		await observer.stop();

		expect(await sdk.points('cb.queue.depth')).toEqual([]);
	});
});
