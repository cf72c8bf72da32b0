/** Retention over the in-memory tables: each kind says what it looks at, what of that is over, and what goes with it. */
import type { PruneKind } from '../model/retention.ts';
import type { ExpiredAudit, MaintenanceStore, PruneRequest, PruneResult } from '../ports/maintenance-store.ts';
import { keyOf } from './command-rows.ts';
import { pageOf } from './paging.ts';
import type { Order } from './paging.ts';
import { pruneBulks } from './prune-bulks.ts';
import { ageRule, commandsOf, domainsOf } from './prune-rule.ts';
import type { Rule } from './prune-rule.ts';
import { pruneCommands, removeAudit } from './prune-commands.ts';
import { processBatchRule, processRule } from './prune-processes.ts';
import { messageRule, replyRule } from './prune-messages.ts';
import type { BatchRow, RememberedRow } from './rows.ts';
import type { MemoryState, Step } from './state.ts';

export function createMaintenanceStore(state: MemoryState): MaintenanceStore {
	return {
		claim: (holder, leaseSeconds) =>
			state.step((step) => {
				const claim = step.in('claims').get(claimKey);
				const nowMs = step.now.getTime();
				if (claim !== undefined && claim.holder !== holder && claim.expiresAtMs > nowMs) return false;
				step.in('claims').put(claimKey, { holder, expiresAtMs: nowMs + leaseSeconds * 1000 });
				return true;
			}),
		release: (holder) =>
			state.step((step) => {
				if (step.in('claims').get(claimKey)?.holder === holder) step.in('claims').remove(claimKey);
			}),
		prune: (request) => state.step((step) => prune(step, request)),
		expiredAudit: (request) => state.step((step) => expiredAudit(step, request)),
	};
}

const claimKey = 'maintenance';

function prune(step: Step, request: PruneRequest): PruneResult {
	const { kind } = request;
	if (kind === 'commands') return pruneChunk(step, request, pruneCommands(request));
	if (kind === 'audit') return pruneChunk(step, request, auditRule(request.commands));
	if (kind === 'processes') return pruneChunk(step, request, processRule(request.rememberSeconds ?? 0));
	return pruneByKind[kind](step, request);
}

type PlainKind = Exclude<PruneKind, 'commands' | 'audit' | 'processes'>;

function pruneChunk<Item>(step: Step, request: PruneRequest, rule: Rule<Item>): PruneResult {
	const cutoff = new Date(step.now.getTime() - request.olderThanSeconds * 1000);
	const candidates = [...rule.all(step)].filter((item) => rule.since(item) <= cutoff);
	const { items, nextCursor } = pageOf(candidates, orderOf(rule), { limit: request.limit, cursor: request.after });
	const over = items.filter((item) => rule.isOver(step, item, cutoff));
	const rows = request.isDryRun === true ? over.length : over.reduce((sum, item) => sum + rule.remove(step, item), 0);
	return {
		pruned: over.length,
		kept: items.length - over.length,
		rows,
		...(nextCursor === undefined ? {} : { next: nextCursor }),
	};
}

function orderOf<Item>(rule: Rule<Item>): Order<Item> {
	return {
		shape: ['number', 'string'],
		keyOf: (item) => [rule.since(item).getTime(), rule.idOf(item)],
		direction: 'oldest-first',
	};
}

function allRemembered(step: Step): readonly RememberedRow[] {
	return domainsOf(step).flatMap((domain) => [...step.in('remembered', domain).all()]);
}

function idOfCommand({ domain, commandId }: RememberedRow): string {
	return keyOf(domain, commandId);
}

const idRule: Rule<RememberedRow> = {
	all: allRemembered,
	since: ({ endedAt }) => endedAt,
	idOf: idOfCommand,
	isOver: (_step, { hasAudit }) => !hasAudit,
	remove(step, { domain, commandId }) {
		step.in('remembered', domain).remove(commandId);
		return 1;
	},
};

function auditRule(only?: readonly { readonly domain: string; readonly commandId: string }[]): Rule<RememberedRow> {
	const wanted = only && new Set(only.map(({ domain, commandId }) => keyOf(domain, commandId)));
	return {
		...idRule,
		all: (step) =>
			allRemembered(step).filter((row) => row.hasAudit && (wanted === undefined || wanted.has(idOfCommand(row)))),
		isOver: () => true,
		remove(step, row) {
			step.in('remembered', row.domain).put(row.commandId, { ...row, hasAudit: false });
			return removeAudit(step, idOfCommand(row));
		},
	};
}

function expiredAudit(step: Step, request: Parameters<MaintenanceStore['expiredAudit']>[0]): ExpiredAudit {
	const cutoff = new Date(step.now.getTime() - request.olderThanSeconds * 1000);
	const rule = auditRule();
	const candidates = [...rule.all(step)].filter(({ endedAt }) => endedAt <= cutoff);
	const { items, nextCursor } = pageOf(candidates, orderOf(rule), { limit: request.limit, cursor: request.after });
	return {
		events: items.flatMap((row) => [...step.in('audit', idOfCommand(row)).all()]),
		commands: items.map(({ domain, commandId }) => ({ domain, commandId })),
		...(nextCursor === undefined ? {} : { next: nextCursor }),
	};
}

const batchRule: Rule<BatchRow> = {
	all: (step) => domainsOf(step).flatMap((domain) => [...step.in('batches', domain).all()]),
	since: ({ createdAt }) => createdAt,
	idOf: ({ domain, batchId }) => keyOf(domain, batchId),
	isOver: (_step, { completedAt }, cutoff) => completedAt !== null && completedAt <= cutoff,
	remove(step, { domain, batchId }) {
		const key = keyOf(domain, batchId);
		step.in('batches', domain).remove(batchId);
		for (const commandId of [...step.in('members', key).all()]) step.in('members', key).remove(commandId);
		const events = [...step.in('batchEvents', key).all()];
		for (const { sequence } of events) step.in('batchEvents', key).remove(sequence);
		return 1 + events.length;
	},
};

const requestRule = ageRule({
	all: (step) =>
		commandsOf(step).flatMap((row) => {
			const command = keyOf(row.domain, row.commandId);
			return [...step.in('requests', command).all()].map((request) => ({ ...request, command }));
		}),
	since: ({ at }) => at,
	idOf: ({ command, requestId }) => `${command}/${requestId}`,
	remove(step, { command, requestId }) {
		step.in('requests', command).remove(requestId);
		return 1;
	},
});

const pruneByKind: Readonly<Record<PlainKind, (step: Step, request: PruneRequest) => PruneResult>> = {
	ids: (step, request) => pruneChunk(step, request, idRule),
	batches: (step, request) => pruneChunk(step, request, batchRule),
	'process-batches': (step, request) => pruneChunk(step, request, processBatchRule),
	messages: (step, request) => pruneChunk(step, request, messageRule),
	replies: (step, request) => pruneChunk(step, request, replyRule),
	requests: (step, request) => pruneChunk(step, request, requestRule),
	bulks: pruneBulks,
};
