/** Parked commands as operators see them. */
import type { CommandAddress } from '../model/ids.ts';
import { domainQueues } from '../model/ids.ts';
import type { JsonObject, JsonValue } from '../model/json.ts';
import type {
	CommandGeneration,
	TroubleshootingFilter,
	TroubleshootingGroup,
	TroubleshootingItem,
} from '../model/troubleshooting-item.ts';
import { isOrAbsent, isWithin } from './command-query.ts';
import { currentMessageId } from './command-rows.ts';
import { bodyOf } from './queues.ts';
import type { CommandRow } from './rows.ts';
import type { Step } from './state.ts';

/** Every parked command that matches, in no particular order. */
export function parkedItems(step: Step, filter: TroubleshootingFilter): readonly TroubleshootingItem[] {
	const domains =
		filter.domain === undefined ? [...step.in('domains').all()].map((record) => record.domain) : [filter.domain];
	return domains
		.flatMap((domain) => [...step.in('commands', domain).all()].flatMap((row) => itemOf(step, row) ?? []))
		.filter((item) => matches(filter, item));
}

/** `undefined` unless the command is parked. */
export function itemOf(step: Step, row: CommandRow): TroubleshootingItem | undefined {
	if (row.parked === null || row.lastError === null) return undefined;
	const archived = step.in('archive', domainQueues(row.domain).commands).get(currentMessageId(row));
	return {
		domain: row.domain,
		commandId: row.commandId,
		commandType: row.commandType,
		attempts: row.attempts,
		maxAttempts: row.parked.maxAttempts,
		lastErrorType: row.lastError.type,
		lastErrorCode: row.lastError.code,
		lastErrorMessage: row.lastError.message,
		lastErrorDetails: row.lastError.details,
		payload: archived === undefined ? null : dataOf(archived),
		isPayloadMissing: archived === undefined,
		correlationId: row.correlationId,
		replyTo: row.replyTo,
		batchId: row.batchId,
		processId: step.in('stepCommands', row.domain).get(row.commandId) ?? null,
		generation: row.generation,
		version: row.version,
		fingerprint: row.parked.fingerprint,
		parkedAt: row.parked.at,
		createdAt: row.createdAt,
		updatedAt: row.updatedAt,
	};
}

function matches(filter: TroubleshootingFilter, item: TroubleshootingItem): boolean {
	return (
		isOrAbsent(filter.commandType, item.commandType) &&
		isOrAbsent(filter.errorCode, item.lastErrorCode) &&
		isOrAbsent(filter.fingerprint, item.fingerprint) &&
		isWithin(item.parkedAt, filter.parkedFrom, filter.parkedTo) &&
		isWithin(item.createdAt, filter.createdFrom, filter.createdTo) &&
		isNamedBy(filter.text, item)
	);
}

function isNamedBy(text: string | undefined, item: TroubleshootingItem): boolean {
	return text === undefined || [item.commandId, item.correlationId, item.batchId, item.processId].includes(text);
}

/** Items of one domain, type and fingerprint as one problem, newest first. */
export function groupsOf(items: readonly TroubleshootingItem[]): readonly TroubleshootingGroup[] {
	const problems = Map.groupBy(items, (item) => `${item.domain}\n${item.commandType}\n${item.fingerprint}`);
	return [...problems.values()]
		.flatMap((members) => groupOf(members) ?? [])
		.sort((a, b) => b.lastParkedAt.getTime() - a.lastParkedAt.getTime());
}

function groupOf(members: readonly TroubleshootingItem[]): TroubleshootingGroup | undefined {
	const [first, ...others] = [...members].sort((a, b) => a.parkedAt.getTime() - b.parkedAt.getTime());
	if (first === undefined) return undefined;
	const last = others.at(-1) ?? first;
	const { domain, commandType, fingerprint } = first;
	return {
		domain,
		commandType,
		fingerprint,
		errorCode: last.lastErrorCode,
		sampleMessage: last.lastErrorMessage,
		count: members.length,
		firstParkedAt: first.parkedAt,
		lastParkedAt: last.parkedAt,
	};
}

/** The messages of a command that are still there, live or archived, newest generation first. */
export function generationsOf(step: Step, address: CommandAddress): readonly CommandGeneration[] {
	const queue = domainQueues(address.domain).commands;
	const messageIds = step.in('commands', address.domain).get(address.commandId)?.messageIds ?? [];
	const generations = messageIds.flatMap((messageId, index): CommandGeneration | [] => {
		const archived = step.in('archive', queue).get(messageId);
		const message = archived ?? step.in('messages', queue).get(messageId);
		if (message === undefined) return [];
		const { headers } = message;
		return {
			generation: index + 1,
			messageId,
			data: dataOf(message),
			headers,
			archivedAt: archived?.archivedAt ?? null,
		};
	});
	return generations.reverse();
}

function dataOf(message: { readonly body: string }): JsonValue {
	return (bodyOf(message) as JsonObject)['data'] ?? null;
}
