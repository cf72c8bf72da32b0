import { z } from 'zod';
import { beforeEach, describe, expect, it } from 'vitest';
import { defineCommand } from './bus/define-command.ts';
import { BusinessRuleError, PermanentCommandError } from './errors.ts';
import { createHandlers } from './handling/handler-registry.ts';
import { createLoggingTelemetry } from './logging-telemetry.ts';
import type { LogLevel } from './logging-telemetry.ts';
import { createInMemoryBackend } from './memory/index.ts';
import type { Logger } from './ports/telemetry.ts';
import { createTestBed, domain } from './test-support/test-bed.ts';
import type { TestBed } from './test-support/test-bed.ts';

interface Line {
	readonly level: LogLevel;
	readonly fields: object;
	readonly message: string;
}

let bed: TestBed<unknown>;
let lines: Line[];
let logger: Logger;

beforeEach(async () => {
	bed = await createTestBed(createInMemoryBackend());
	lines = [];
	const at =
		(level: LogLevel) =>
		(fields: object, message: string): void => {
			lines.push({ level, fields, message });
		};
	logger = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
});

const Charge = defineCommand({ domain, type: 'Charge', data: z.object({ card: z.string() }) });

describe('telemetry as log lines', () => {
	it('says of every command its domain, id, correlation id and attempt, and never its payload', async () => {
		const handlers = createHandlers().on(Charge, ({ data }) => {
			throw new PermanentCommandError('CARD_EXPIRED', 'The card has expired.', { card: data.card });
		});
		const worker = await bed.startWorker(handlers, { telemetry: createLoggingTelemetry(logger) });
		const { commandId, correlationId } = await bed.bus.send(Charge, { card: '4111-1111' });
		await bed.pass(2_000);

		const ofCommand = lines.filter(({ fields }) => 'commandId' in fields);

		expect(ofCommand.map(({ level, message }) => `${level} ${message}`)).toEqual([
			'debug handler started',
			'debug handler ended',
			'warn command parked',
		]);
		for (const { fields } of ofCommand) expect(fields).toMatchObject({ domain, commandId, correlationId, attempt: 1 });
		expect(ofCommand[2]?.fields).toMatchObject({
			error: { type: 'PERMANENT', code: 'CARD_EXPIRED', message: 'The card has expired.' },
		});
		expect(JSON.stringify(lines)).not.toContain('4111');
		await worker.stop();
	});

	it('warns of bad health, and not of good', async () => {
		const worker = await bed.startWorker(createHandlers(), { telemetry: createLoggingTelemetry(logger) });
		bed.faults.fail('receive', { times: 12 });
		await bed.pass(120_000);
		await worker.stop();

		const health = lines.filter(({ message }) => message === 'health changed');

		expect(health.map(({ level }) => level)).toEqual(expect.arrayContaining(['info', 'warn']));
		for (const { fields } of health) expect(fields).toMatchObject({ component: 'worker', domain });
		expect(lines.find(({ level }) => level === 'error')?.fields).toMatchObject({ err: expect.any(Error) as Error });
	});

	it('gives events of processes the correlation id that their commands have', () => {
		const about = { domain, processType: 'Order', processId: 'p-1' };

		createLoggingTelemetry(logger).emit({ kind: 'process-advanced', ...about, status: 'COMPLETED', durationMs: 1 });

		expect(lines[0]?.fields).toMatchObject({ domain, correlationId: 'p-1', status: 'COMPLETED' });
	});

	it('changes nothing for commands when the logger throws', async () => {
		const broken = (): never => {
			throw new BusinessRuleError('FULL', 'The disk is full.');
		};
		const telemetry = createLoggingTelemetry({ debug: broken, info: broken, warn: broken, error: broken });
		const worker = await bed.startWorker(
			createHandlers().on(Charge, () => undefined),
			{ telemetry },
		);
		const sent = await bed.bus.send(Charge, { card: 'any' });
		await bed.pass(2_000);

		expect(await bed.record(sent)).toMatchObject({ status: 'COMPLETED' });
		await worker.stop();
	});
});
