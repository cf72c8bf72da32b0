/**
 * Guarantee: a process is started once and as a whole: its row, its first command, the step that waits for the answer and its trail exist together or
 * not at all.
 */
import { describe, expect, it } from 'vitest';
import { newId } from '../model/new-id.ts';
import { domainQueues } from '../model/ids.ts';
import { processStatuses } from '../model/process.ts';
import type { ProcessStatus } from '../model/process.ts';
import type { NewProcess, ProcessFilter } from '../ports/process-store.ts';
import {
	aBatch,
	aCommand,
	aProcess,
	aStep,
	anAdvance,
	commands,
	domain,
	otherDomain,
	processQueue,
} from './builders.ts';
import { expectPageRules } from './paging.ts';
import { first, loadProcess, only, openWith, receiveOne, recordOf, send } from './scenario.ts';
import type { BackendSubject, OpenSubject } from './subject.ts';

const queue = domainQueues(domain).commands;

export function processStartSuite(name: string, open: OpenSubject): void {
	describe(`${name}: starting processes`, () => {
		it('N1 stores process, first command, step and trail together, waiting for the answer', async () => {
			const subject = await openWith(open);
			const process = aProcess({ businessKey: 'statement-2026-03' });

			const outcome = only(await subject.backend.processes.start([process]));

			const { processId, first: step } = process;
			const loaded = await loadProcess(subject, processId);
			expect(outcome).toEqual({ kind: 'started' });
			expect(loaded.process).toMatchObject({
				processId,
				processType: 'StatementReport',
				domain,
				businessKey: 'statement-2026-03',
				status: 'WAITING_FOR_REPLY',
				state: process.state,
				currentStep: 'charge',
				compensationPlan: null,
				compensationErrors: 0,
				error: null,
				batchId: null,
				completedAt: null,
			});
			const { commandId } = step.command;
			expect(only(loaded.steps)).toMatchObject({
				processId,
				position: 1,
				step: 'charge',
				kind: 'forward',
				undoes: null,
				commandId,
				commandType: 'Charge',
				status: 'OPEN',
				generation: 1,
				reply: null,
				error: null,
				answeredAt: null,
			});
			expect(await recordOf(subject, step.command)).toMatchObject({ correlationId: processId, replyTo: processQueue });
			const trail = await subject.backend.processes.history(processId);
			expect(trail.map(({ type }) => type)).toEqual(['STARTED', 'STEP_SENT']);
			expect(trail[1]).toMatchObject({ processId, step: 'charge', commandId });
			expect((await receiveOne(subject)).commandId).toBe(commandId);
			expect(await subject.backend.processes.findByCommand(domain, commandId)).toBe(processId);
		});

		it('N2 starts with the caller, or not at all', async () => {
			const subject = await openWith(open);
			const [kept, dropped] = [aProcess(), aProcess({ businessKey: 'once' })];

			await subject.transaction((tx) => subject.backend.processes.start([kept], undefined, tx));
			const rollback = subject.transaction(async (tx) => {
				const outcome = only(await subject.backend.processes.start([dropped], undefined, tx));
				expect(outcome).toMatchObject({ kind: 'started' });
				throw new RangeError('the caller changed its mind');
			});

			await expect(rollback).rejects.toThrow(RangeError);
			expect(await subject.backend.processes.loadMany([dropped.processId])).toEqual([undefined]);
			expect(await subject.backend.processes.history(dropped.processId)).toEqual([]);
			expect(await subject.backend.queries.getMany([dropped.first.command])).toEqual([undefined]);
			expect(await subject.messages(queue)).toHaveLength(1);
			const again = await subject.backend.processes.start([aProcess({ businessKey: 'once' })]);
			expect(again).toMatchObject([{ kind: 'started' }]);
		});

		it('N3 starts one process of a business key, and returns it to whoever starts it again', async () => {
			const subject = await openWith(open);
			const businessKey = 'statement-2026-03';
			await subject.backend.processes.start([aProcess({ businessKey: 'another' })]);

			const outcomes = await Promise.all(
				Array.from({ length: 4 }, async () => only(await subject.backend.processes.start([aProcess({ businessKey })]))),
			);
			const later = only(await subject.backend.processes.start([aProcess({ businessKey, state: 'other' })]));
			const ofAnotherType = await subject.backend.processes.start([aProcess({ businessKey, processType: 'Refund' })]);

			expect(outcomes.map(({ kind }) => kind).sort()).toEqual(['existing', 'existing', 'existing', 'started']);
			const { items } = await subject.backend.processes.list({ processType: 'StatementReport', text: businessKey }, {});
			expect(later).toEqual({ kind: 'existing', process: only(items) });
			expect(ofAnotherType).toMatchObject([{ kind: 'started' }]);
			expect(await subject.messages(queue)).toHaveLength(3);
		});

		it('N1 starts each of several processes by itself, and stores nothing of a refused one', async () => {
			const subject = await openWith(open);
			const existing = await send(subject);
			const [one, three] = [aProcess(), aProcess()];
			const two = aProcess({ first: aStep(newId(), { command: { commandId: existing.commandId } }) });

			const outcomes = await subject.backend.processes.start([one, two, three]);

			expect(outcomes).toMatchObject([
				{ kind: 'started' },
				{ kind: 'refused', outcome: { kind: 'duplicate' } },
				{ kind: 'started' },
			]);
			const ids = [two, three, three].map(({ processId }) => processId);
			const loaded = await subject.backend.processes.loadMany([...ids, newId()]);
			expect(loaded.map((process) => process?.process.processId)).toEqual([undefined, ...ids.slice(1), undefined]);
			expect(loaded.map((process) => process?.steps.length)).toEqual([undefined, 1, 1, undefined]);
			expect(await subject.backend.processes.history(two.processId)).toEqual([]);
		});

		it('N7 gives state back as it was, whatever it holds', async () => {
			const subject = await openWith(open);
			const state = {
				text: 'Zoë 😀',
				numbers: [0, -1.5, 1e21, 9007199254740991],
				none: null,
				nested: { list: [[], {}] },
			};
			const process = aProcess({ state });
			await subject.backend.processes.start([process]);
			const loaded = await loadProcess(subject, process.processId);
			expect(loaded.process.state).toEqual(state);

			await subject.backend.processes.advance([anAdvance(loaded, { state: [state, null] })]);

			expect((await loadProcess(subject, process.processId)).process.state).toEqual([state, null]);
		});

		it('finds the process that waits for a command, in its domain only', async () => {
			const subject = await openWith(open, otherDomain);
			const process = aProcess();
			await subject.backend.processes.start([process]);
			const { commandId } = process.first.command;

			expect(await subject.backend.processes.findByCommand(domain, commandId)).toBe(process.processId);
			expect(await subject.backend.processes.findByCommand(otherDomain, commandId)).toBeUndefined();
			expect(await subject.backend.processes.findByCommand(domain, aCommand().commandId)).toBeUndefined();
		});
	});

	describe(`${name}: listing processes`, () => {
		it('N8 lists and counts exactly those that match, newest first, in pages', async () => {
			const subject = await openWith(open);
			const { processes } = subject.backend;
			const [one, two] = [aProcess({ businessKey: 'key-1' }), aProcess({ processType: 'Refund' })];
			const three = aProcess({ domain: otherDomain });
			for (const process of [one, two, three]) {
				await processes.start([process]);
				await subject.elapse(1_000);
			}
			await moveTo(subject, two, 'COMPLETED');
			await moveTo(subject, three, 'WAITING_FOR_TSQ');
			const { createdAt } = (await loadProcess(subject, one.processId)).process;

			const expected: readonly (readonly [ProcessFilter, readonly NewProcess[]])[] = [
				[{}, [one, two, three]],
				[{ statuses: ['COMPLETED', 'WAITING_FOR_TSQ'] }, [two, three]],
				[{ statuses: ['WAITING_FOR_REPLY'] }, [one]],
				[{ statuses: [] }, []],
				[{ processType: 'Refund' }, [two]],
				[{ domain: otherDomain }, [three]],
				[{ text: 'key-1' }, [one]],
				[{ text: three.processId }, [three]],
				[{ processType: 'Refund', statuses: ['FAILED'] }, []],
				[{ createdTo: new Date(createdAt.getTime() - 1) }, []],
			];

			for (const [filter, matching] of expected) {
				const { items } = await processes.list(filter, {});
				const ids = matching.map(({ processId }) => processId).sort();
				expect(items.map(({ processId }) => processId).sort(), JSON.stringify(filter)).toEqual(ids);
				expect(await processes.count(filter), JSON.stringify(filter)).toBe(matching.length);
			}
			const within = await processes.list({ createdFrom: createdAt, createdTo: createdAt }, {});
			expect(within.items.map(({ processId }) => processId)).toContain(one.processId);
			const times = (await processes.list({}, {})).items.map((process) => process.createdAt.getTime());
			expect(times).toEqual([...times].sort((a, b) => b - a));
			await expectPageRules((page) => processes.list({}, page), 3);
		});
	});

	describe(`${name}: batches of processes`, () => {
		it('Q1 Q2 Q3 counts its processes by where they are; compensated is no success, blocked ones keep it open', async () => {
			const subject = await openWith(open);
			const batchId = newId();
			const started = processStatuses.map(() => aProcess({ batchId }));
			await subject.backend.processes.start(started, { batchId, name: 'March', totalCount: started.length });
			expect(await subject.backend.processes.count({ batchId })).toBe(9);
			expect(await subject.backend.processes.getBatch(batchId)).toMatchObject({
				batchId,
				name: 'March',
				totalCount: 9,
				completedCount: 0,
				completedAt: null,
			});

			for (const [index, status] of processStatuses.entries()) await moveTo(subject, started[index], status);
			const mixed = await subject.backend.processes.getBatch(batchId);
			for (const [index, status] of processStatuses.entries()) {
				if (['PENDING', 'IN_PROGRESS', 'WAITING_FOR_REPLY', 'WAITING_FOR_TSQ', 'COMPENSATING'].includes(status)) {
					await moveTo(subject, started[index], 'COMPLETED');
				}
			}
			const ended = await subject.backend.processes.getBatch(batchId);

			expect(mixed).toMatchObject({
				completedCount: 1,
				failedCount: 1,
				compensatedCount: 1,
				canceledCount: 1,
				blockedCount: 1,
				completedAt: null,
			});
			expect(ended).toMatchObject({ completedCount: 6, failedCount: 1, compensatedCount: 1, blockedCount: 0 });
			expect(ended?.completedAt).toBeInstanceOf(Date);
		});

		it('Q4 stores nothing of a batch when one of its processes is refused or exists already', async () => {
			const subject = await openWith(open);
			await subject.backend.processes.start([aProcess({ businessKey: 'taken' })]);
			const [refusedBatch, existingBatch] = [newId(), newId()];
			const astray = aProcess({ batchId: refusedBatch, first: aStep(newId(), { command: { domain: 'nowhere' } }) });
			const taken = aProcess({ batchId: existingBatch, businessKey: 'taken' });

			const refused = await startBatch(subject, refusedBatch, [aProcess({ batchId: refusedBatch }), astray]);
			const existing = await startBatch(subject, existingBatch, [aProcess({ batchId: existingBatch }), taken]);

			expect(refused).toMatchObject([
				{ kind: 'refused', outcome: { kind: 'not-stored' } },
				{ kind: 'refused', outcome: { kind: 'domain-not-found' } },
			]);
			expect(existing).toMatchObject([{ kind: 'refused', outcome: { kind: 'not-stored' } }, { kind: 'existing' }]);
			for (const batchId of [refusedBatch, existingBatch]) {
				expect(await subject.backend.processes.getBatch(batchId)).toBeUndefined();
				expect(await subject.backend.processes.count({ batchId })).toBe(0);
			}
			expect(await subject.messages(queue)).toHaveLength(1);
		});

		it('Q5 keeps batches of processes and batches of commands apart', async () => {
			const subject = await openWith(open);
			const batchId = newId();
			await subject.backend.batches.open(aBatch({ batchId }), [commands(2)]);
			await startBatch(subject, batchId, [aProcess({ batchId })]);
			await startBatch(subject, newId(), [aProcess()]);

			const ofCommands = await subject.backend.batches.get({ domain, batchId });
			const ofProcesses = await subject.backend.processes.getBatch(batchId);

			expect(ofCommands).toMatchObject({ totalCount: 2 });
			expect(ofProcesses).toMatchObject({ totalCount: 1 });
			expect((await subject.backend.batches.list({}, {})).items).toHaveLength(1);
			expect((await subject.backend.processes.listBatches({})).items).toHaveLength(2);
			await expectPageRules((page) => subject.backend.processes.listBatches(page), 2);
		});
	});
}

async function startBatch(subject: BackendSubject, batchId: string, processes: readonly NewProcess[]) {
	return subject.backend.processes.start(processes, { batchId, totalCount: processes.length });
}

async function moveTo(subject: BackendSubject, process: NewProcess | undefined, status: ProcessStatus): Promise<void> {
	if (process === undefined) expect.fail('no such process');
	const loaded = await loadProcess(subject, process.processId);
	expect(first(await subject.backend.processes.advance([anAdvance(loaded, { status })]))).toMatchObject({
		kind: 'advanced',
	});
}
