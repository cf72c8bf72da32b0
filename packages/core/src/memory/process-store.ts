/** Processes with their steps and events. */
import type { ProcessRecord, ProcessStatus } from '../model/process.ts';
import { terminalProcessStatuses } from '../model/process.ts';
import type { LoadedProcess, ProcessBatchRecord, ProcessFilter, ProcessStore } from '../ports/process-store.ts';
import { isOrAbsent, isWithin } from './command-query.ts';
import { pageOf } from './paging.ts';
import type { Order } from './paging.ts';
import { advanceProcess } from './process-advance.ts';
import { startProcesses } from './process-start.ts';
import type { ProcessBatchRow } from './rows.ts';
import type { MemoryState, MemoryTransaction, Step } from './state.ts';

const newestFirst: Order<ProcessRecord> = {
	shape: ['number', 'string'],
	keyOf: (process) => [process.createdAt.getTime(), process.processId],
	direction: 'newest-first',
};

const newestBatchFirst: Order<ProcessBatchRow> = {
	shape: ['number', 'string'],
	keyOf: (batch) => [batch.createdAt.getTime(), batch.batchId],
	direction: 'newest-first',
};

export function createProcessStore(state: MemoryState): ProcessStore<MemoryTransaction> {
	return {
		start: (processes, batch, tx) => state.step((step) => startProcesses(step, processes, batch), tx),
		loadMany: (processIds) => state.step((step) => processIds.map((processId) => load(step, processId))),
		findByCommand: (domain, commandId) => state.step((step) => step.in('stepCommands', domain).get(commandId)),
		advance: (advances) => state.step((step) => advances.map((advance) => advanceProcess(step, advance))),
		list: (filter, page) => state.step((step) => pageOf(matching(step, filter), newestFirst, page)),
		count: (filter) => state.step((step) => matching(step, filter).length),
		history: (processId) => state.step((step) => [...step.in('processEvents', processId).all()]),
		getBatch: (batchId) =>
			state.step((step) => {
				const batch = step.in('processBatches').get(batchId);
				return batch === undefined ? undefined : recordOfBatch(step, batch);
			}),
		listBatches: (page) =>
			state.step((step) => {
				const shown = pageOf(step.in('processBatches').all(), newestBatchFirst, page);
				return { ...shown, items: shown.items.map((batch) => recordOfBatch(step, batch)) };
			}),
	};
}

function load(step: Step, processId: string): LoadedProcess | undefined {
	const process = step.in('processes').get(processId);
	return process === undefined ? undefined : { process, steps: [...step.in('steps', processId).all()] };
}

function matching(step: Step, filter: ProcessFilter): readonly ProcessRecord[] {
	return [...step.in('processes').all()].filter(
		(process) =>
			isOrAbsent(filter.processType, process.processType) &&
			isOrAbsent(filter.domain, process.domain) &&
			(filter.statuses === undefined || filter.statuses.includes(process.status)) &&
			isOrAbsent(filter.batchId, process.batchId) &&
			isWithin(process.createdAt, filter.createdFrom, filter.createdTo) &&
			isNamedBy(filter.text, process),
	);
}

function isNamedBy(text: string | undefined, process: ProcessRecord): boolean {
	return text === undefined || [process.processId, process.businessKey].includes(text);
}

function recordOfBatch(step: Step, batch: ProcessBatchRow): ProcessBatchRecord {
	const processes = matching(step, { batchId: batch.batchId });
	const count = (status: ProcessStatus): number => processes.filter((process) => process.status === status).length;
	const endedCount = terminalProcessStatuses.reduce((sum, status) => sum + count(status), 0);
	return {
		batchId: batch.batchId,
		name: batch.name ?? null,
		totalCount: batch.totalCount,
		completedCount: count('COMPLETED'),
		failedCount: count('FAILED'),
		compensatedCount: count('COMPENSATED'),
		canceledCount: count('CANCELED'),
		blockedCount: count('WAITING_FOR_TSQ'),
		createdAt: batch.createdAt,
		completedAt:
			endedCount === batch.totalCount ? latest(processes.flatMap((process) => process.completedAt ?? [])) : null,
	};
}

function latest(times: readonly Date[]): Date | null {
	return times.reduce<Date | null>((last, at) => (last !== null && last >= at ? last : at), null);
}
