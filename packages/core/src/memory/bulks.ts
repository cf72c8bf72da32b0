/** Bulks: a frozen set of parked commands, worked off item by item, each with one result. */
import { createHash } from 'node:crypto';
import { BulkNotFoundError } from '../errors.ts';
import type { BulkBreakdown, BulkCounts, BulkItem, BulkItemStatus, BulkRecord, BulkStatus } from '../model/bulk.ts';
import type { OperatorAct } from '../model/operator.ts';
import type { TroubleshootingItem } from '../model/troubleshooting-item.ts';
import type { ActOutcome, BulkMove, FrozenBulk, OperatorRequest } from '../ports/troubleshooting-store.ts';
import { actOnParked } from './operator-acts.ts';
import { groupsOf, itemOf } from './parked-commands.ts';
import type { BulkRow } from './rows.ts';
import type { Step } from './state.ts';

/** Stores the bulk with its items, in the order given. */
export function freeze(step: Step, bulk: FrozenBulk, parked: readonly TroubleshootingItem[]): BulkRecord {
	const row: BulkRow = {
		...structuredClone(bulk),
		status: 'PREVIEWED',
		digest: digestOf(parked),
		breakdown: groupsOf(parked).map(({ domain, commandType, fingerprint, errorCode, count }): BulkBreakdown => {
			return { domain, commandType, fingerprint, errorCode, count };
		}),
		createdAt: step.now,
		startedAt: null,
		completedAt: null,
	};
	step.in('bulks').put(bulk.bulkId, row);
	for (const [index, { domain, commandId, version }] of parked.entries()) {
		putItem(step, bulk.bulkId, {
			domain,
			commandId,
			position: index + 1,
			status: 'WAITING',
			expectedVersion: version,
			explanation: null,
			settledAt: null,
		});
	}
	return recordOfBulk(step, row);
}

/** The items of a bulk that were skipped or failed and are parked now. */
export function unsettledItems(step: Step, bulkId: string): readonly TroubleshootingItem[] {
	if (step.in('bulks').get(bulkId) === undefined) throw new BulkNotFoundError(bulkId);
	return itemsOf(step, bulkId)
		.filter((item) => item.status === 'FAILED' || item.status === 'SKIPPED')
		.flatMap((item) => {
			const row = step.in('commands', item.domain).get(item.commandId);
			return row === undefined ? [] : (itemOf(step, row) ?? []);
		});
}

/** From which statuses a move may be made, and where it leads. */
const bulkMoves: Readonly<Record<BulkMove, { readonly from: readonly BulkStatus[]; readonly to: BulkStatus }>> = {
	pause: { from: ['RUNNING'], to: 'PAUSED' },
	resume: { from: ['PAUSED'], to: 'RUNNING' },
	cancel: { from: ['PREVIEWED', 'RUNNING', 'PAUSED'], to: 'CANCELED' },
};

/** Pauses, resumes or cancels; `undefined` when the bulk is where the move does not exist. */
export function move(step: Step, bulk: BulkRow, bulkMove: BulkMove): BulkRecord | undefined {
	const { from, to } = bulkMoves[bulkMove];
	if (!from.includes(bulk.status)) return undefined;
	if (to === 'CANCELED') {
		for (const item of itemsOf(step, bulk.bulkId)) {
			if (item.status === 'WAITING') putItem(step, bulk.bulkId, { ...item, status: 'CANCELED', settledAt: step.now });
		}
	}
	return changeBulk(step, bulk, { status: to, ...(to === 'CANCELED' ? { completedAt: step.now } : {}) });
}

export function changeBulk(step: Step, bulk: BulkRow, change: Partial<BulkRow>): BulkRecord {
	const changed = { ...bulk, ...change };
	step.in('bulks').put(bulk.bulkId, changed);
	return recordOfBulk(step, changed);
}

/** Settles up to `limit` waiting items of one running bulk, and ends it after the last. */
export function work(step: Step, limit: number, bulkId: string | undefined): BulkRecord | undefined {
	const bulk = [...step.in('bulks').all()].find(
		(candidate) => candidate.status === 'RUNNING' && (bulkId === undefined || candidate.bulkId === bulkId),
	);
	if (bulk === undefined) return undefined;
	const waiting = itemsOf(step, bulk.bulkId).filter((item) => item.status === 'WAITING');
	for (const item of waiting.slice(0, limit)) {
		const outcome = actOnParked(step, requestFor(bulk, item));
		putItem(step, bulk.bulkId, { ...item, ...resultOf(outcome), settledAt: step.now });
	}
	return waiting.length > limit
		? recordOfBulk(step, bulk)
		: changeBulk(step, bulk, { status: 'COMPLETED', completedAt: step.now });
}

export function itemsOf(step: Step, bulkId: string): readonly BulkItem[] {
	return [...step.in('bulkItems', bulkId).all()];
}

export function recordOfBulk(step: Step, bulk: BulkRow): BulkRecord {
	const items = itemsOf(step, bulk.bulkId);
	const count = (status: BulkItemStatus): number => items.filter((item) => item.status === status).length;
	const counts: BulkCounts = {
		totalCount: items.length,
		doneCount: count('DONE'),
		skippedCount: count('SKIPPED'),
		failedCount: count('FAILED'),
		canceledCount: count('CANCELED'),
	};
	return { ...bulk, ...counts };
}

function putItem(step: Step, bulkId: string, item: BulkItem): void {
	step.in('bulkItems', bulkId).put(String(item.position), item);
}

function digestOf(parked: readonly TroubleshootingItem[]): string {
	const hash = createHash('sha256');
	for (const { domain, commandId, version } of parked) hash.update(`${domain}/${commandId}@${String(version)}\n`);
	return hash.digest('hex');
}

function requestFor(bulk: BulkRow, item: BulkItem): OperatorRequest {
	const { action, reason, result = null, keepAttempts, suppressReply } = bulk.action;
	const { domain, commandId, expectedVersion } = item;
	const common = { domain, commandId, expectedVersion, operator: bulk.operator, reason };
	switch (action) {
		case 'retry':
			return { ...common, action, keepAttempts };
		case 'cancel':
			return { ...common, action, suppressReply };
		case 'complete':
			return { ...common, action, result, suppressReply };
	}
}

function resultOf(outcome: ActOutcome): Pick<BulkItem, 'status' | 'explanation'> {
	switch (outcome.kind) {
		case 'done':
			return { status: 'DONE', explanation: null };
		case 'not-found':
			return { status: 'SKIPPED', explanation: 'The command is gone.' };
		case 'not-parked':
		case 'version-conflict':
			return {
				status: 'SKIPPED',
				explanation: `Changed since the preview: ${outcome.status}${byWhom(outcome.lastAct)}.`,
			};
		case 'payload-missing':
			return { status: 'FAILED', explanation: 'The archived payload is missing.' };
		case 'reply-queue-not-found':
			return { status: 'FAILED', explanation: `Reply queue "${outcome.replyTo}" does not exist.` };
	}
}

function byWhom(act: OperatorAct | undefined): string {
	return act === undefined ? '' : `, ${act.action} by ${act.operator.id} at ${act.at.toISOString()}`;
}
