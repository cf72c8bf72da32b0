/** Batches, bulks, operators' acts and senders' cancels: what was said is what happened, once. */
import { isTerminal } from '@cb/core';
import type { AuditEvent, BatchRecord, BulkItem } from '@cb/core';
import type { Facts } from './facts.ts';

type Outcome = 'done' | 'refused' | 'unknown';

/** How often what was asked for may be in the audit. */
const mayBe: Readonly<Record<Outcome, readonly number[]>> = { done: [1], refused: [0], unknown: [0, 1] };

export function* checkActs(facts: Facts): Iterable<string> {
	for (const { operatorId, commandId, action, outcome } of facts.ledger.acts) {
		const count = eventsOf(facts, commandId).filter((event) => operatorOf(event) === operatorId).length;
		if (!mayBe[outcome].includes(count)) {
			yield `${operatorId}, a ${action} of ${commandId} that was ${outcome}, happened ${count} times`;
		}
	}
}

export function* checkCancels(facts: Facts): Iterable<string> {
	for (const { commandId, reason, outcome } of facts.ledger.cancels) {
		const events = eventsOf(facts, commandId);
		const count = events.filter(({ type, details }) => type === 'CANCELED' && details['reason'] === reason).length;
		if (!mayBe[outcome].includes(count)) {
			yield `"${reason}", a cancel of ${commandId} that was ${outcome}, happened ${count} times`;
		}
	}
}

export function* checkBatches(facts: Facts): Iterable<string> {
	for (const { batch, events } of facts.batches) {
		const { batchId, completedAt } = batch;
		for (const problem of countProblems(facts, batch)) yield `batch ${batchId}: ${problem}`;
		const types = events.map(({ type }) => type);
		const isFinished = completedAt !== null;
		const expected = isFinished ? 1 : 0;
		if (times(types, 'BATCH_COMPLETED') !== expected) yield `batch ${batchId}: ${types.join(', ')}`;
		if (times(types, 'BATCH_STARTED') > 1) yield `batch ${batchId} started more than once`;
		if (times(facts.doneBatchIds, batchId) !== expected) yield `batch ${batchId}: its end was not told once`;
		const calls = facts.ledger.batchCalls.get(batchId);
		if (calls !== undefined && calls !== expected) yield `batch ${batchId}: its listener was called ${calls} times`;
	}
}

function* countProblems({ commands }: Facts, batch: BatchRecord): Iterable<string> {
	const members = [...commands.values()].flatMap(({ record }) => (record.batchId === batch.batchId ? [record] : []));
	const count = (status: string): number => members.filter((member) => member.status === status).length;
	const { totalCount, completedCount, failedCount, canceledCount, parkedCount } = batch;
	const counted = [totalCount, completedCount, failedCount, canceledCount, parkedCount];
	const statuses = ['COMPLETED', 'FAILED', 'CANCELED', 'IN_TROUBLESHOOTING_QUEUE'];
	const found = [members.length, ...statuses.map(count)];
	if (counted.join() !== found.join()) yield `it counts ${counted.join()}, there are ${found.join()}`;
	const isOver = members.every(({ status }) => isTerminal(status));
	if (isOver !== (batch.completedAt !== null)) yield `it is ${batch.status} with ${found.join()}`;
}

export function* checkBulks(facts: Facts): Iterable<string> {
	for (const { bulk, items } of facts.bulks) {
		const { bulkId, status, totalCount, doneCount, skippedCount, failedCount, canceledCount } = bulk;
		const settledCount = doneCount + skippedCount + failedCount + canceledCount;
		const isOver = status === 'COMPLETED' || status === 'CANCELED';
		if (items.length !== totalCount) yield `bulk ${bulkId} has ${items.length} items of ${totalCount}`;
		if (isOver && settledCount !== totalCount)
			yield `bulk ${bulkId} is ${status} with ${settledCount} of ${totalCount}`;
		for (const item of items) yield* checkItem(facts, bulk.operator.id, item);
	}
}

/** Exactly one act for an item that is done, none for any other. */
function* checkItem(facts: Facts, operatorId: string, item: BulkItem): Iterable<string> {
	const events = eventsOf(facts, item.commandId);
	const count = events.filter((event) => operatorOf(event) === operatorId).length;
	const expected = item.status === 'DONE' ? 1 : 0;
	if (count !== expected)
		yield `${operatorId}: item ${item.commandId} is ${item.status} and was acted on ${count} times`;
}

function eventsOf({ commands }: Facts, commandId: string): readonly AuditEvent[] {
	return commands.get(commandId)?.trail ?? [];
}

function operatorOf({ details }: AuditEvent): unknown {
	const operator = details['operator'];
	return typeof operator === 'object' && operator !== null && 'id' in operator ? operator['id'] : undefined;
}

function times<Item>(items: readonly Item[], item: Item): number {
	return items.filter((one) => one === item).length;
}
