/** Keeps the gauges of queues and of the database up to date, as long as the service runs. */
import { createQueueObserver } from '@cb/core/otel';
import { readHeldXmin } from '@cb/pg';
import type { Closings } from '../runtime/closings.ts';
import type { Engine } from '../runtime/engine.ts';

export async function observeQueues(
	{ backend, database, telemetry }: Pick<Engine, 'backend' | 'database' | 'telemetry'>,
	closings: Closings,
): Promise<void> {
	const observer = createQueueObserver({ backend, telemetry, readHeldXmin: () => readHeldXmin(database) });
	closings.add('queue observer', () => observer.stop());
	await observer.start();
}
