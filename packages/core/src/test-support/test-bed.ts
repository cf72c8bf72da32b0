/** Everything a test of the runtime needs, around a real backend whose clock is moved by hand. No test sleeps. */
import { z } from 'zod';
import { createCommandBus } from '../bus/command-bus.ts';
import type { CommandBus } from '../bus/command-bus.ts';
import { defineCommand } from '../bus/define-command.ts';
import type { HandlerLookup } from '../handling/handler-registry.ts';
import type { AuditEventType } from '../model/audit-event.ts';
import type { CommandRecord } from '../model/command-record.ts';
import type { CommandAddress } from '../model/ids.ts';
import { nextTurn } from '../next-turn.ts';
import type { Backend } from '../ports/backend.ts';
import type { Clock } from '../ports/clock.ts';
import { createWorker } from '../worker/worker.ts';
import type { Worker } from '../worker/worker.ts';
import type { WorkerOptions } from '../worker/worker-options.ts';
import { createFaultyBackend } from './faulty-backend.ts';
import type { Faults } from './faulty-backend.ts';
import { createRecordedTelemetry } from './recorded-telemetry.ts';
import type { RecordedTelemetry } from './recorded-telemetry.ts';

/** The domain every test bed has, with its reply queue. */
export const domain = 'payments';
export const replyTo = 'payments__replies';

export const Debit = defineCommand({ domain, type: 'Debit', data: z.object({ cents: z.int() }) });

export interface SteppedClock extends Clock {
	advance(milliseconds: number): Promise<void>;
}

export interface TestBed<Tx> {
	readonly backend: Backend<Tx>;
	readonly faults: Faults;
	readonly telemetry: RecordedTelemetry;
	readonly bus: CommandBus<Tx>;
	/** Lets time pass, and everything that can go on go on. Without an argument no time passes. */
	pass(milliseconds?: number): Promise<void>;
	/** A worker of the domain that has been started. */
	startWorker(handlers: HandlerLookup<Tx>, options?: Partial<WorkerOptions<Tx>>): Promise<Worker>;
	/** The command as stored; fails the test when there is none. */
	record(address: CommandAddress): Promise<CommandRecord>;
	/** What the audit says happened, in order. */
	trail(address: CommandAddress): Promise<readonly AuditEventType[]>;
}

export async function createTestBed<Tx>(real: Backend<Tx> & { readonly clock: SteppedClock }): Promise<TestBed<Tx>> {
	const { backend, faults } = createFaultyBackend<Tx>(real);
	const telemetry = createRecordedTelemetry();
	const bus = createCommandBus(backend, { telemetry });
	await backend.domains.create(domain);
	return {
		backend,
		faults,
		telemetry,
		bus,
		async pass(milliseconds = 0) {
			await turns();
			for (let left = milliseconds; left > 0; left -= stepMs) {
				await real.clock.advance(Math.min(left, stepMs));
				await turns();
			}
		},
		async startWorker(handlers, options) {
			const worker = createWorker({ backend, domain, handlers, telemetry, ...options });
			await worker.start();
			return worker;
		},
		async record(address) {
			const [record] = await real.queries.getMany([address]);
			if (record === undefined) throw new TypeError(`There is no command ${address.commandId}.`);
			return record;
		},
		async trail(address) {
			const events = await real.queries.history(address);
			return events.map(({ type }) => type);
		},
	};
}

/** So many turns of the event loop let every chain of promises and gathered sets run to where it waits for time or for a test. */
export async function turns(count = 12): Promise<void> {
	for (let turn = 0; turn < count; turn++) {
		await nextTurn();
	}
}

const stepMs = 100;
