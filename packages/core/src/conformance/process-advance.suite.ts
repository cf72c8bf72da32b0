/**
 * Guarantee: an answer moves a process once and as a whole. State, step records, next commands, trail and the acknowledgement of the answer are
 * stored together or not at all; a terminal process never moves again.
 */
import { describe, expect, it } from 'vitest';
import { newId } from '../model/new-id.ts';
import { domainQueues } from '../model/ids.ts';
import type { LoadedProcess, NewProcess, ProcessAdvance } from '../ports/process-store.ts';
import type { ReplyLease } from '../ports/reply-channel.ts';
import { aProcess, aStep, anAdvance, anError, completed, domain, processQueue } from './builders.ts';
import {
	elapseAll,
	loadProcess,
	only,
	openWith,
	receiveOne,
	receiveReply,
	recordOf,
	send,
	settle,
} from './scenario.ts';
import type { BackendSubject, OpenSubject } from './subject.ts';

const queue = domainQueues(domain).commands;

export function processAdvanceSuite(name: string, open: OpenSubject): void {
	describe(`${name}: advancing processes`, () => {
		it('N4 stores state, the answered step, the next command and the acknowledgement of the reply together', async () => {
			const subject = await openWith(open);
			const { loaded, reply } = await startAndAnswer(subject);
			const next = aStep(loaded.process.processId, { step: 'ship', command: { commandType: 'Ship' } });

			const outcome = await advance(subject, loaded, {
				state: { charged: true },
				currentStep: 'ship',
				stepUpdates: [{ position: 1, status: 'SUCCEEDED', generation: 1, reply: { paid: true } }],
				send: [next],
				events: [
					{ type: 'STEP_ANSWERED', step: 'charge', details: { outcome: 'SUCCESS' } },
					{ type: 'STEP_SENT', step: 'ship' },
				],
				acknowledge: reply,
			});

			const { process, steps } = await loadProcess(subject, loaded.process.processId);
			expect(outcome).toEqual({ kind: 'advanced', version: process.version });
			expect(process.version).toBeGreaterThan(loaded.process.version);
			expect(process).toMatchObject({ status: 'WAITING_FOR_REPLY', state: { charged: true }, currentStep: 'ship' });
			expect(steps).toMatchObject([
				{ position: 1, status: 'SUCCEEDED', reply: { paid: true }, error: null },
				{ position: 2, step: 'ship', status: 'OPEN', commandId: next.command.commandId, answeredAt: null },
			]);
			expect(steps[0]?.answeredAt).toBeInstanceOf(Date);
			expect(await recordOf(subject, next.command)).toMatchObject({ status: 'PENDING', commandType: 'Ship' });
			expect(await subject.messages(processQueue)).toEqual([]);
			const trail = await subject.backend.processes.history(process.processId);
			expect(trail.slice(2)).toMatchObject([
				{ type: 'STEP_ANSWERED', step: 'charge', commandId: null, details: { outcome: 'SUCCESS' } },
				{ type: 'STEP_SENT', step: 'ship', details: {} },
			]);
		});

		it('N5 N6 ends with the last answer, and shows steps and trail in order, with times to measure by', async () => {
			const subject = await openWith(open);
			const { loaded, reply } = await startAndAnswer(subject);

			const stepUpdates = [{ position: 1, status: 'SUCCEEDED', generation: 1 }] as const;
			const events = [{ type: 'STEP_ANSWERED' }, { type: 'COMPLETED' }] as const;
			const ending = { status: 'COMPLETED', currentStep: null, stepUpdates, events, acknowledge: reply } as const;
			await advance(subject, loaded, ending);

			const { process, steps } = await loadProcess(subject, loaded.process.processId);
			expect(process).toMatchObject({ status: 'COMPLETED', currentStep: null });
			expect(process.completedAt).toBeInstanceOf(Date);
			expect(await subject.messages(queue)).toEqual([]);
			const { sentAt, answeredAt } = only(steps);
			expect(answeredAt?.getTime()).toBeGreaterThanOrEqual(sentAt.getTime());
			const trail = await subject.backend.processes.history(process.processId);
			expect(trail.map(({ type }) => type)).toEqual(['STARTED', 'STEP_SENT', 'STEP_ANSWERED', 'COMPLETED']);
			const sequences = trail.map(({ sequence }) => BigInt(sequence));
			expect(sequences).toEqual([...sequences].sort((a, b) => (a < b ? -1 : 1)));
		});

		it('P2 P3 records a parked step with its error, and clears it when the step goes on', async () => {
			const subject = await openWith(open);
			const { processId } = await start(subject);
			const error = anError({ code: 'ACCOUNT_CLOSED' });

			await advance(subject, await loadProcess(subject, processId), {
				status: 'WAITING_FOR_TSQ',
				error,
				stepUpdates: [{ position: 1, status: 'PARKED', generation: 1, error }],
			});
			const parked = await loadProcess(subject, processId);
			await advance(subject, parked, {
				status: 'WAITING_FOR_REPLY',
				error: null,
				stepUpdates: [{ position: 1, status: 'OPEN', generation: 2 }],
			});
			const resumed = await loadProcess(subject, processId);

			expect(parked.process).toMatchObject({ status: 'WAITING_FOR_TSQ', error, completedAt: null });
			expect(only(parked.steps)).toMatchObject({ status: 'PARKED', error, generation: 1, answeredAt: null });
			expect(resumed.process).toMatchObject({ status: 'WAITING_FOR_REPLY', error: null });
			expect(only(resumed.steps)).toMatchObject({ status: 'OPEN', error: null, generation: 2, answeredAt: null });
		});

		it('P15 keeps the compensation plan, its errors, and undo steps as a kind of their own', async () => {
			const subject = await openWith(open);
			const { processId } = await start(subject);
			const undo = aStep(processId, { step: 'refund', kind: 'undo', undoes: 'charge' });
			const compensationPlan = [{ undoes: 'reserve', step: 'release' }];

			await advance(subject, await loadProcess(subject, processId), {
				status: 'COMPENSATING',
				currentStep: 'refund',
				compensationPlan,
				compensationErrors: 1,
				send: [undo],
			});

			const { process, steps } = await loadProcess(subject, processId);
			const { commandId } = undo.command;
			expect(process).toMatchObject({ status: 'COMPENSATING', compensationPlan, compensationErrors: 1 });
			expect(steps[1]).toMatchObject({ position: 2, step: 'refund', kind: 'undo', undoes: 'charge', commandId });
		});

		it('O6 O8 advances once when two answers arrive together, and sends the next command once', async () => {
			const subject = await openWith(open);
			const { processId } = await start(subject);
			const loaded = await loadProcess(subject, processId);

			const outcomes = await Promise.all(
				[1, 2, 3].map((number) =>
					advance(subject, loaded, { state: { number }, send: [aStep(processId, { step: 'ship' })] }),
				),
			);

			expect(outcomes.map(({ kind }) => kind).sort()).toEqual(['advanced', 'stale', 'stale']);
			expect((await loadProcess(subject, processId)).steps).toHaveLength(2);
			expect(await subject.messages(queue)).toHaveLength(2);
		});

		it('O7 records an answer that nobody waits for without moving the process', async () => {
			const subject = await openWith(open);
			const { loaded, reply } = await startAndAnswer(subject);

			const details = { reason: 'not the open step' };
			await advance(subject, loaded, { events: [{ type: 'REPLY_IGNORED', details }], acknowledge: reply });

			const { process, steps } = await loadProcess(subject, loaded.process.processId);
			const { status, state, currentStep } = loaded.process;
			expect(process).toMatchObject({ status, state, currentStep });
			expect(steps).toEqual(loaded.steps);
			expect((await subject.backend.processes.history(process.processId)).at(-1)).toMatchObject({
				type: 'REPLY_IGNORED',
				details,
			});
			expect(await subject.messages(processQueue)).toEqual([]);
		});

		it('O9 P11 never moves a terminal process again: only its records are completed and corrected', async () => {
			const subject = await openWith(open);
			const { loaded, reply } = await startAndAnswer(subject);
			const { processId } = loaded.process;
			await advance(subject, loaded, { status: 'FAILED', error: anError(), currentStep: null });
			const ended = await loadProcess(subject, processId);

			const outcome = await advance(subject, ended, {
				status: 'WAITING_FOR_REPLY',
				state: { revived: true },
				currentStep: 'ship',
				error: null,
				compensationErrors: 7,
				stepUpdates: [{ position: 1, status: 'SUCCEEDED', generation: 1, reply: 'late' }],
				send: [aStep(processId, { step: 'ship' })],
				events: [{ type: 'REPLY_IGNORED' }],
				acknowledge: reply,
			});

			const { process, steps } = await loadProcess(subject, processId);
			expect(outcome).toEqual({ kind: 'advanced', version: process.version });
			const { version, updatedAt } = process;
			expect(process).toEqual({ ...ended.process, version, updatedAt, compensationErrors: 7 });
			expect(only(steps)).toMatchObject({ status: 'SUCCEEDED', reply: 'late' });
			expect((await subject.backend.processes.history(processId)).at(-1)).toMatchObject({ type: 'REPLY_IGNORED' });
			expect(await subject.messages(queue)).toEqual([]);
			expect(await subject.messages(processQueue)).toEqual([]);
		});
	});

	describe(`${name}: advances that must leave nothing behind`, () => {
		it('S7 stores nothing when the next command is refused', async () => {
			const subject = await openWith(open);
			const { loaded, reply } = await startAndAnswer(subject);
			const { processId } = loaded.process;
			const existing = await send(subject);
			const before = await processStateOf(subject, processId);

			const outcome = await advance(subject, loaded, {
				state: { half: 'done' },
				stepUpdates: [{ position: 1, status: 'SUCCEEDED', generation: 1 }],
				send: [
					aStep(processId, { step: 'a' }),
					aStep(processId, { step: 'b', command: { commandId: existing.commandId } }),
				],
				events: [{ type: 'STEP_ANSWERED' }],
				acknowledge: reply,
			});

			expect(outcome).toMatchObject({ kind: 'refused', outcome: { kind: 'duplicate' } });
			expect(await processStateOf(subject, processId)).toEqual(before);
			const retried = await advance(subject, loaded, { acknowledge: reply });
			expect(retried).toMatchObject({ kind: 'advanced' });
		});

		it('S7 stores nothing when the lease on the answer is lost', async () => {
			const subject = await openWith(open);
			const { loaded, reply } = await startAndAnswer(subject);
			const { processId } = loaded.process;
			await elapseAll(subject);
			const before = await processStateOf(subject, processId);

			const outcome = await advance(subject, loaded, {
				state: { half: 'done' },
				stepUpdates: [{ position: 1, status: 'SUCCEEDED', generation: 1 }],
				send: [aStep(processId, { step: 'ship' })],
				events: [{ type: 'STEP_ANSWERED' }],
				acknowledge: reply,
			});

			expect(outcome).toEqual({ kind: 'lease-lost' });
			expect(await processStateOf(subject, processId)).toEqual(before);
			expect((await receiveReply(subject, processQueue)).lease).toMatchObject({ attempt: 2 });
		});

		it('S7 stores nothing of a stale advance, and gives each of several its own outcome', async () => {
			const subject = await openWith(open);
			const [fine, stale] = [await start(subject), await start(subject)];
			const loadedStale = await loadProcess(subject, stale.processId);
			await advance(subject, loadedStale, { state: 'newer' });
			const unknown = { ...loadedStale, process: { ...loadedStale.process, processId: newId() } };
			const before = await processStateOf(subject, stale.processId);

			const outcomes = await subject.backend.processes.advance([
				anAdvance(loadedStale, { state: 'older', send: [aStep(stale.processId, { step: 'ship' })] }),
				anAdvance(unknown),
				anAdvance(await loadProcess(subject, fine.processId), { state: 'fine', events: [{ type: 'STEP_ANSWERED' }] }),
			]);

			expect(outcomes.map(({ kind }) => kind)).toEqual(['stale', 'not-found', 'advanced']);
			expect(await processStateOf(subject, stale.processId)).toEqual(before);
			expect((await loadProcess(subject, fine.processId)).process.state).toBe('fine');
		});

		it('S7 O8 advances many processes at once in any order without losing one', async () => {
			const subject = await openWith(open);
			const started = Array.from({ length: 20 }, () => aProcess());
			await subject.backend.processes.start(started);
			const loaded = (await subject.backend.processes.loadMany(started.map(({ processId }) => processId))).flatMap(
				(process) => process ?? [],
			);
			const advances = loaded.map((process) =>
				anAdvance(process, { state: 'moved', send: [aStep(process.process.processId, { step: 'ship' })] }),
			);

			const outcomes = await Promise.all([
				subject.backend.processes.advance(advances),
				subject.backend.processes.advance([...advances].reverse()),
			]);

			const kinds = outcomes.flat().map(({ kind }) => kind);
			expect(kinds.filter((kind) => kind === 'advanced')).toHaveLength(20);
			expect(kinds.filter((kind) => kind === 'stale')).toHaveLength(20);
			expect(await subject.messages(queue)).toHaveLength(40);
		});
	});
}

async function start(subject: BackendSubject): Promise<NewProcess> {
	const process = aProcess();
	expect(await subject.backend.processes.start([process])).toMatchObject([{ kind: 'started' }]);
	return process;
}

/** A process whose first command has been completed; its reply is leased. */
async function startAndAnswer(subject: BackendSubject): Promise<{ loaded: LoadedProcess; reply: ReplyLease }> {
	const { processId } = await start(subject);
	await settle(subject, await receiveOne(subject), completed());
	const { lease } = await receiveReply(subject, processQueue);
	return { loaded: await loadProcess(subject, processId), reply: lease };
}

async function advance(subject: BackendSubject, loaded: LoadedProcess, change: Partial<ProcessAdvance>) {
	return only(await subject.backend.processes.advance([anAdvance(loaded, change)]));
}

/** Everything an advance could have touched. */
async function processStateOf(subject: BackendSubject, processId: string): Promise<unknown> {
	return {
		loaded: await loadProcess(subject, processId),
		trail: await subject.backend.processes.history(processId),
		commands: await subject.messages(queue),
		replies: await subject.messages(processQueue),
	};
}
