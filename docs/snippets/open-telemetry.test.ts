/** The examples of OpenTelemetry and logs in docs/reference/telemetry.md and docs/how-to/monitor.md. */
import {
	combineTelemetry,
	createCommandBus,
	createHandlers,
	createLoggingTelemetry,
	createWorker,
	defineCommand,
} from '@cb/core';
import { createInMemoryBackend } from '@cb/core/memory';
import { createOtelTelemetry, createQueueObserver } from '@cb/core/otel';
import { expect, it } from 'vitest';
import { z } from 'zod';

const SendMail = defineCommand({ domain: 'shop', type: 'SendMail', data: z.object({ order: z.string() }) });

it('traces, measures and logs', async () => {
	const lines: string[] = [];
	const line = (fields: object, message: string): void => {
		lines.push(`${message} ${JSON.stringify(fields)}`);
	};
	const logger = { debug: line, info: line, warn: line, error: line };
	const backend = createInMemoryBackend();
	await backend.domains.create('shop');
	const handlers = createHandlers().on(SendMail, () => undefined);

	// #region open-telemetry
	const telemetry = combineTelemetry(createLoggingTelemetry(logger), createOtelTelemetry());
	const bus = createCommandBus(backend, { telemetry });
	const worker = createWorker({ backend, domain: 'shop', handlers, telemetry, logger });
	// #endregion open-telemetry

	// #region queue-observer
	const observer = createQueueObserver({ backend, telemetry });
	await observer.start();
	// #endregion queue-observer

	await worker.start();
	const { commandId } = await bus.send(SendMail, { order: 'O-1' });
	await backend.clock.advance(5_000);
	await Promise.all([worker.stop(), observer.stop(), backend.clock.advance(1_000)]);

	expect(lines).toContainEqual(expect.stringMatching(new RegExp(`^handler ended .*${commandId}`, 'u')));
	expect(lines.join()).not.toContain('O-1');
});
