/** Batches: their counts are read from their members, so that no row is written by every command. */
import { InvalidArgumentError } from '../errors.ts';
import { finishedBatchStatus } from '../model/batch.ts';
import type { BatchCounts, BatchRecord, NewBatch } from '../model/batch.ts';
import type { NewCommand } from '../model/command-record.ts';
import type { BatchAddress, BatchStore, OpenBatchOutcome } from '../ports/batch-store.ts';
import { acceptAllCommands, hasRefusal } from './accept.ts';
import { writeBatchEvent } from './batch-rows.ts';
import { isOrAbsent, isWithin } from './command-query.ts';
import { keyOf, recordOf } from './command-rows.ts';
import { pageOf } from './paging.ts';
import type { Order } from './paging.ts';
import { queueExists, sendMessage } from './queues.ts';
import type { BatchRow, CommandRow } from './rows.ts';
import type { MemoryState, MemoryTransaction, Step } from './state.ts';
import { storedJson } from './stored-json.ts';

const newestBatchFirst: Order<BatchRow> = {
	shape: ['number', 'string', 'string'],
	keyOf: (batch) => [batch.createdAt.getTime(), batch.domain, batch.batchId],
	direction: 'newest-first',
};

const inOrderOfSending: Order<{ readonly position: number }> = {
	shape: ['number'],
	keyOf: (member) => [member.position],
	direction: 'oldest-first',
};

export function createBatchStore(state: MemoryState): BatchStore<MemoryTransaction> {
	return {
		open: (batch, chunks, tx) => state.step((step) => openBatch(step, batch, chunks.flat()), tx),
		finish: (batches) =>
			state.step((step) => (batches ?? allBatches(step)).flatMap((address) => finishBatch(step, address) ?? [])),
		get: (address) =>
			state.step((step) => {
				const batch = step.in('batches', address.domain).get(address.batchId);
				return batch === undefined ? undefined : recordOfBatch(step, batch);
			}),
		list: (filter, page) =>
			state.step((step) => {
				const wanted = allBatches(step).filter(
					(batch) =>
						isOrAbsent(filter.domain, batch.domain) &&
						isOrAbsent(filter.status, batch.status) &&
						isWithin(batch.createdAt, filter.createdFrom, filter.createdTo),
				);
				const shown = pageOf(wanted, newestBatchFirst, page);
				return { ...shown, items: shown.items.map((batch) => recordOfBatch(step, batch)) };
			}),
		members: (address, page) =>
			state.step((step) => {
				const members = membersOf(step, address).map((row, position) => ({ row, position }));
				const shown = pageOf(members, inOrderOfSending, page);
				return { ...shown, items: shown.items.map((member) => recordOf(step, member.row)) };
			}),
		history: (address) =>
			state.step((step) => [...step.in('batchEvents', keyOf(address.domain, address.batchId)).all()]),
	};
}

function openBatch(step: Step, batch: NewBatch, commands: readonly NewCommand[]): OpenBatchOutcome {
	if (commands.length === 0) throw new InvalidArgumentError('A batch needs at least one command; nothing was stored.');
	const { domain, batchId, completionQueue = null } = batch;
	if (step.in('batches', domain).get(batchId) !== undefined) return { kind: 'duplicate-batch' };
	if (completionQueue !== null && !queueExists(step, completionQueue)) return { kind: 'completion-queue-not-found' };
	const outcomes = acceptAllCommands(step, commands, batchId);
	if (hasRefusal(commands, outcomes)) return { kind: 'refused', outcomes };

	step.in('batches', domain).put(batchId, {
		domain,
		batchId,
		name: batch.name ?? null,
		customData: storedJson(batch.customData ?? null),
		completionQueue,
		status: 'PENDING',
		finalCounts: null,
		totalCount: outcomes.filter((outcome) => outcome.kind === 'accepted').length,
		createdAt: step.now,
		startedAt: null,
		completedAt: null,
	});
	writeBatchEvent(step, batch, 'BATCH_CREATED');
	return { kind: 'opened' };
}

function finishBatch(step: Step, address: BatchAddress): BatchRecord | undefined {
	const batch = step.in('batches', address.domain).get(address.batchId);
	if (batch === undefined || batch.completedAt !== null || hasOpenMember(step, address)) return undefined;
	// Its message is never dropped: it stays open until the queue exists.
	if (batch.completionQueue !== null && !queueExists(step, batch.completionQueue)) return undefined;
	const finalCounts = countsOf(step, batch);
	const status = finishedBatchStatus(finalCounts);
	const finished = { ...batch, status, finalCounts, completedAt: step.now };
	step.in('batches', address.domain).put(address.batchId, finished);
	writeBatchEvent(step, address, 'BATCH_COMPLETED');
	const record = recordOfBatch(step, finished);
	if (record.completionQueue !== null) {
		sendMessage(step, record.completionQueue, { body: completionMessage(record) });
	}
	return record;
}

function completionMessage(batch: BatchRecord) {
	return {
		kind: 'batch_completed',
		batch_id: batch.batchId,
		domain: batch.domain,
		name: batch.name,
		custom_data: batch.customData,
		status: batch.status,
		total_count: batch.totalCount,
		completed_count: batch.completedCount,
		failed_count: batch.failedCount,
		canceled_count: batch.canceledCount,
		completed_at: batch.completedAt?.toISOString() ?? null,
	};
}

function hasOpenMember(step: Step, address: BatchAddress): boolean {
	for (const _ of step.in('openMembers', keyOf(address.domain, address.batchId)).all()) return true;
	return false;
}

function allBatches(step: Step): readonly BatchRow[] {
	return [...step.in('domains').all()].flatMap(({ domain }) => [...step.in('batches', domain).all()]);
}

function membersOf(step: Step, address: BatchAddress): readonly CommandRow[] {
	const commands = step.in('commands', address.domain);
	const members = step.in('members', keyOf(address.domain, address.batchId)).all();
	return [...members].flatMap((commandId) => commands.get(commandId) ?? []);
}

function recordOfBatch(step: Step, batch: BatchRow): BatchRecord {
	const { finalCounts, ...record } = batch;
	return { ...record, ...(finalCounts ?? countsOf(step, batch)) };
}

function countsOf(step: Step, batch: BatchRow): BatchCounts {
	const members = membersOf(step, batch);
	const count = (status: CommandRow['status']): number => members.filter((row) => row.status === status).length;
	return {
		totalCount: batch.totalCount,
		completedCount: count('COMPLETED'),
		failedCount: count('FAILED'),
		canceledCount: count('CANCELED'),
		parkedCount: count('IN_TROUBLESHOOTING_QUEUE'),
	};
}
