/** Guarantee: one runner at a time has the maintenance; batches, processes, messages, replies, bulks and requests go when they are over, and not before. */
import { describe, expect, it } from 'vitest';
import { domainQueues } from '../model/ids.ts';
import { openBatch, settleEach } from './batch-scenario.ts';
import {
	aBulk,
	aProcess,
	cancelOf,
	commands,
	completed,
	domain,
	failed,
	processQueue,
	replyQueue,
	retryOf,
} from './builders.ts';
import { moveProcess, pruneAll, startProcess } from './retention-scenario.ts';
import { elapseAll, openWith, park, receiveAll, receiveReply, sendAndSettle } from './scenario.ts';
import type { OpenSubject } from './subject.ts';

export function retentionOthersSuite(name: string, open: OpenSubject): void {
	claimCases(name, open);
	batchCases(name, open);
	processCases(name, open);
	otherCases(name, open);
}

function claimCases(name: string, open: OpenSubject): void {
	describe(`${name}: the claim of maintenance`, () => {
		it('belongs to one holder at a time, who may renew it', async () => {
			const { maintenance } = (await openWith(open)).backend;

			const claims = await Promise.all(['a', 'b', 'c'].map((holder) => maintenance.claim(holder, 60)));

			expect(claims.filter(Boolean)).toHaveLength(1);
			const winner = ['a', 'b', 'c'][claims.indexOf(true)] ?? '';
			expect(await maintenance.claim(winner, 60)).toBe(true);
			expect(await maintenance.claim('d', 60)).toBe(false);
		});

		it('is free again when it was released by its holder, and only by that one', async () => {
			const { maintenance } = (await openWith(open)).backend;
			await maintenance.claim('a', 60);
			await maintenance.release('b');
			expect(await maintenance.claim('b', 60)).toBe(false);

			await maintenance.release('a');

			expect(await maintenance.claim('b', 60)).toBe(true);
		});

		it('is free again when the lease of a dead holder has run out', async () => {
			const subject = await openWith(open);
			const { maintenance } = subject.backend;
			await maintenance.claim('a', 60);

			await elapseAll(subject);

			expect(await maintenance.claim('b', 60)).toBe(true);
			expect(await maintenance.claim('a', 60)).toBe(false);
		});
	});
}

function batchCases(name: string, open: OpenSubject): void {
	describe(`${name}: the retention of batches`, () => {
		it('takes finished batches and leaves open ones', async () => {
			const subject = await openWith(open);
			const finished = await openBatch(subject, commands(2));
			await settleEach(subject, await receiveAll(subject), completed());
			await subject.backend.batches.finish([finished]);
			const open_ = await openBatch(subject, commands(1));

			expect(await pruneAll(subject, { kind: 'batches', olderThanSeconds: 600 })).toMatchObject({ pruned: 0 });
			expect(await pruneAll(subject, { kind: 'batches' })).toMatchObject({ pruned: 1, kept: 1 });

			expect(await subject.backend.batches.get(finished)).toBeUndefined();
			expect(await subject.backend.batches.history(finished)).toEqual([]);
			expect(await subject.backend.batches.get(open_)).toMatchObject({ totalCount: 1 });
		});

		it('takes a process batch when all its processes have ended, and only then lets them go', async () => {
			const subject = await openWith(open);
			const batch = { batchId: aProcess().processId, totalCount: 2 };
			const processes = [aProcess({ batchId: batch.batchId }), aProcess({ batchId: batch.batchId })] as const;
			await subject.backend.processes.start(processes, batch);
			await moveProcess(subject, processes[0].processId, 'COMPLETED');
			expect(await pruneAll(subject, { kind: 'process-batches' })).toMatchObject({ pruned: 0, kept: 1 });
			expect(await pruneAll(subject, { kind: 'processes' })).toMatchObject({ pruned: 0 });

			await moveProcess(subject, processes[1].processId, 'FAILED');

			expect(await pruneAll(subject, { kind: 'processes' })).toMatchObject({ pruned: 0 });
			expect(await pruneAll(subject, { kind: 'process-batches' })).toMatchObject({ pruned: 1 });
			expect(await subject.backend.processes.getBatch(batch.batchId)).toBeUndefined();
			expect(await pruneAll(subject, { kind: 'processes' })).toMatchObject({ pruned: 2 });
		});
	});
}

function processCases(name: string, open: OpenSubject): void {
	describe(`${name}: the retention of processes`, () => {
		it('takes finished processes with steps and events, and leaves unfinished ones', async () => {
			const subject = await openWith(open);
			const { processes } = subject.backend;
			const finished = await startProcess(subject, 'COMPENSATED');
			const waiting = await startProcess(subject, 'WAITING_FOR_TSQ');

			expect(await pruneAll(subject, { kind: 'processes', olderThanSeconds: 600 })).toMatchObject({ pruned: 0 });
			const result = await pruneAll(subject, { kind: 'processes' });

			expect(result).toMatchObject({ pruned: 1, kept: 1 });
			expect(result.rows).toBeGreaterThan(3);
			expect(await processes.loadMany([finished.processId])).toEqual([undefined]);
			expect(await processes.history(finished.processId)).toEqual([]);
			expect(await processes.findByCommand(domain, finished.commandId)).toBeUndefined();
			expect(await processes.findByCommand(domain, waiting.commandId)).toBe(waiting.processId);
		});

		it('keeps a process with a business key for as long as the key is remembered', async () => {
			const subject = await openWith(open);
			const { processId } = await startProcess(subject, 'COMPLETED', { businessKey: 'invoice-7' });
			expect(await pruneAll(subject, { kind: 'processes', rememberSeconds: 600 })).toMatchObject({
				pruned: 0,
				kept: 1,
			});
			const repeated = await subject.backend.processes.start([aProcess({ businessKey: 'invoice-7' })]);
			expect(repeated).toMatchObject([{ kind: 'existing', process: { processId } }]);

			expect(await pruneAll(subject, { kind: 'processes' })).toMatchObject({ pruned: 1 });

			expect(await subject.backend.processes.start([aProcess({ businessKey: 'invoice-7' })])).toMatchObject([
				{ kind: 'started' },
			]);
		});
	});
}

function otherCases(name: string, open: OpenSubject): void {
	describe(`${name}: the retention of the rest`, () => {
		it('takes archived messages of ended commands and of none, never the payload of a parked one', async () => {
			const subject = await openWith(open);
			const refused = await sendAndSettle(subject, failed());
			const parked = await park(subject);
			await subject.putMessage(domainQueues(domain).commands, { command_id: 'nobody' });
			await receiveAll(subject);

			expect(await pruneAll(subject, { kind: 'messages', olderThanSeconds: 600 })).toMatchObject({ pruned: 0 });
			expect(await pruneAll(subject, { kind: 'messages' })).toMatchObject({ pruned: 2, kept: 1 });

			expect(await subject.archived(domainQueues(domain).commands)).toHaveLength(1);
			expect((await subject.backend.troubleshooting.get(parked))?.payload).toEqual(parked.data);
			expect(await subject.backend.queries.getMany([refused])).toMatchObject([{ status: 'FAILED' }]);
		});

		it('takes replies that were set aside, with their archived messages', async () => {
			const subject = await openWith(open);
			await subject.putMessage(processQueue, { kind: 'nonsense' });
			const { lease } = await receiveReply(subject, processQueue);
			await subject.backend.replies.setAside([{ lease, reason: 'not an answer' }]);

			expect(await pruneAll(subject, { kind: 'replies', olderThanSeconds: 600 })).toMatchObject({ pruned: 0 });
			expect(await pruneAll(subject, { kind: 'replies' })).toMatchObject({ pruned: 1, rows: 2 });

			expect(await subject.backend.replies.listUnhandled(undefined, 10)).toEqual([]);
			expect(await subject.archived(processQueue)).toEqual([]);
		});

		it('takes replies whose queue is gone', async () => {
			const subject = await openWith(open);
			await subject.putMessage(replyQueue, { kind: 'nonsense' });
			const { lease } = await receiveReply(subject, replyQueue);
			await subject.backend.replies.setAside([{ lease, reason: 'not an answer' }]);
			await subject.dropQueue(replyQueue);

			expect(await pruneAll(subject, { kind: 'replies' })).toMatchObject({ pruned: 1 });
		});

		it('takes bulks that are over or were never started, and leaves those at work', async () => {
			const subject = await openWith(open);
			const store = subject.backend.troubleshooting;
			await park(subject);
			await park(subject);
			const previewed = await store.freezeBulk(aBulk());
			const paused = await store.freezeBulk(aBulk());
			await store.startBulk(paused.bulkId, paused.digest);
			await store.moveBulk(paused.bulkId, 'pause');
			const canceled = await store.freezeBulk(aBulk());
			await store.moveBulk(canceled.bulkId, 'cancel');

			expect(await pruneAll(subject, { kind: 'bulks', olderThanSeconds: 600 })).toMatchObject({ pruned: 0 });
			expect(await pruneAll(subject, { kind: 'bulks', limit: 1 })).toMatchObject({ pruned: 2, rows: 6 });

			expect(await store.getBulk(previewed.bulkId)).toBeUndefined();
			expect(await store.getBulk(canceled.bulkId)).toBeUndefined();
			expect(await store.getBulk(paused.bulkId)).toMatchObject({ status: 'PAUSED', totalCount: 2 });
			expect((await store.bulkItems(paused.bulkId, undefined, {})).items).toHaveLength(2);
		});

		it('takes request ids of operators, after which a repeat is judged anew', async () => {
			const subject = await openWith(open);
			const parked = await park(subject);
			const request = { ...cancelOf(parked), requestId: 'click-1' };
			await subject.backend.troubleshooting.act(request);
			await pruneAll(subject, { kind: 'requests', olderThanSeconds: 600 });
			expect(await subject.backend.troubleshooting.act(request)).toMatchObject({ kind: 'done', isRepeated: true });

			expect(await pruneAll(subject, { kind: 'requests' })).toMatchObject({ pruned: 1 });

			expect(await subject.backend.troubleshooting.act(request)).toMatchObject({ kind: 'not-parked' });
			expect(await subject.backend.troubleshooting.act(retryOf(parked))).toMatchObject({ kind: 'not-parked' });
		});
	});
}
