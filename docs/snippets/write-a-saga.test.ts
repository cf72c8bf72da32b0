/** The examples of docs/how-to/write-a-saga.md. */
import {
	BusinessRuleError,
	PermanentCommandError,
	createHandlers,
	createSystemClock,
	createWorker,
	defineCommand,
} from '@cb/core';
import type { Backend, LoadedProcess } from '@cb/core';
import { createInMemoryBackend } from '@cb/core/memory';
import { createTroubleshootingQueue } from '@cb/ops';
import { createProcessManager, createReplyRouter, defineProcess, processDiagram } from '@cb/process';
import { cancels, everyPath, fails, given, parks, playProcess, succeeds } from '@cb/process/testing';
import { expect, it, onTestFinished, vi } from 'vitest';
import { z } from 'zod';

// #region commands
const trip = z.object({ traveller: z.string() });
const booking = z.object({ reference: z.string() });

const BookHotel = defineCommand({ domain: 'trips', type: 'BookHotel', data: trip, result: booking });
const BookFlight = defineCommand({ domain: 'trips', type: 'BookFlight', data: trip, result: booking });
const CancelHotel = defineCommand({ domain: 'trips', type: 'CancelHotel', data: booking });
// #endregion commands

// #region process
const Trip = defineProcess({
	type: 'Trip',
	domain: 'trips',
	input: trip,
	state: z.object({ traveller: z.string(), hotel: z.string().nullable(), flight: z.string().nullable() }),
	initialState: ({ traveller }) => ({ traveller, hotel: null, flight: null }),
	first: 'HOTEL',
	steps: {
		HOTEL: {
			definition: BookHotel,
			command: ({ traveller }) => ({ data: { traveller } }),
			onReply: (state, { data }) => ({ ...state, hotel: data.reference }),
			next: 'FLIGHT',
			compensation: 'NO_HOTEL',
		},
		FLIGHT: {
			definition: BookFlight,
			command: ({ traveller }) => ({ data: { traveller } }),
			onReply: (state, { data }) => ({ ...state, flight: data.reference }),
			next: 'end',
		},
		// A step without `next` exists to undo another.
		NO_HOTEL: { definition: CancelHotel, command: ({ hotel }) => ({ data: { reference: hotel ?? '' } }) },
	},
	onFailed: 'compensate', // a FAILED reply undoes what was done; the default is to end as FAILED
});
// #endregion process

async function runTrip(bookFlight: () => { reference: string }, traveller: string): Promise<Running> {
	const backend = createInMemoryBackend({ clock: createSystemClock() });
	await backend.domains.create('trips');
	const undone: string[] = [];

	// #region handlers
	const handlers = createHandlers()
		.on(BookHotel, ({ data }) => ({ reference: `H-${data.traveller}` }))
		.on(BookFlight, bookFlight)
		.on(CancelHotel, ({ data }) => {
			undone.push(data.reference);
		});
	// #endregion handlers

	// #region run
	const processes = createProcessManager(backend, [Trip]);
	const worker = createWorker({ backend, domain: 'trips', handlers });
	const router = createReplyRouter({ backend, domain: 'trips', definitions: [Trip] });
	await worker.start();
	await router.start();

	const { processId } = await processes.start(Trip, { traveller }, { businessKey: `trip of ${traveller}` });
	// #endregion run
	onTestFinished(async () => {
		await router.stop();
		await worker.stop();
	});
	return {
		backend,
		processId,
		undone,
		load: async () => (await processes.get(processId)) ?? expect.fail('the process is gone'),
	};
}

interface Running {
	readonly backend: Backend;
	readonly processId: string;
	readonly undone: readonly string[];
	readonly load: () => Promise<LoadedProcess>;
}

it('runs to its end, step by step', async () => {
	const { load } = await runTrip(() => ({ reference: 'F-1' }), 'Ada');

	await vi.waitFor(async () => {
		expect((await load()).process).toMatchObject({
			status: 'COMPLETED',
			state: { traveller: 'Ada', hotel: 'H-Ada', flight: 'F-1' },
		});
	});
});

it('undoes what was done when a step says no', async () => {
	const { load, undone } = await runTrip(() => {
		throw new BusinessRuleError('SOLD_OUT', 'There is no seat left.');
	}, 'Ben');

	await vi.waitFor(async () => {
		expect((await load()).process).toMatchObject({ status: 'COMPENSATED', error: { code: 'SOLD_OUT' } });
	});
	expect(undone).toEqual(['H-Ben']);
});

it('waits for the operator while a command is parked, and goes on with the result', async () => {
	const { backend, load } = await runTrip(() => {
		throw new PermanentCommandError('AIRLINE_UNKNOWN', 'There is no such airline.');
	}, 'Cem');
	await vi.waitFor(async () => {
		expect((await load()).process.status).toBe('WAITING_FOR_TSQ');
	});

	// #region operator
	const tsq = createTroubleshootingQueue(backend, { definitions: [BookHotel, BookFlight, CancelHotel] });
	const { items } = await tsq.list({ domain: 'trips' });
	for (const { domain, commandId } of items) {
		await tsq.complete({
			domain,
			commandId,
			operator: { id: 'alice' },
			reason: 'booked by telephone',
			result: { reference: 'F-by-phone' }, // checked against the schema of BookFlight
		});
	}
	// #endregion operator

	await vi.waitFor(async () => {
		expect((await load()).process).toMatchObject({ status: 'COMPLETED', state: { flight: 'F-by-phone' } });
	});
});

it('is tested without a database: one decision', () => {
	// #region given
	given(Trip, { traveller: 'Ada', hotel: 'H-1', flight: null }, { completed: ['HOTEL'] })
		.when('FLIGHT', fails('SOLD_OUT'))
		.then({ status: 'COMPENSATING', sends: ['NO_HOTEL'] });
	// #endregion given
});

it('is tested without a database: a whole run, and every path', () => {
	// #region play
	const trace = playProcess(
		Trip,
		{ traveller: 'Ada' },
		{ HOTEL: succeeds({ reference: 'H-1' }), FLIGHT: parks(cancels('no seat on any day')) },
	);
	expect(trace.status).toBe('COMPENSATED');
	expect(trace.sends.map(({ step }) => step)).toEqual(['HOTEL', 'FLIGHT', 'NO_HOTEL']);

	const hotel = [succeeds({ reference: 'H-1' }), fails()];
	const flight = [succeeds({ reference: 'F-1' }), fails(), parks(cancels())];
	for (const { status, path } of everyPath(Trip, { traveller: 'Ada' }, { HOTEL: hotel, FLIGHT: flight })) {
		expect(['COMPLETED', 'COMPENSATED'], path).toContain(status);
	}
	// #endregion play
});

it('draws itself', () => {
	// #region diagram
	const picture = processDiagram(Trip); // Mermaid text; with a loaded process as second argument, how far that one is
	// #endregion diagram

	expect(picture).toMatch(/^flowchart TD/u);
});
