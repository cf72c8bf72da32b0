/** Ended commands: with every message they had, the requests of operators and their audit; their id is remembered as long as it has to be. */
import { domainQueues } from '../model/ids.ts';
import type { PruneRequest } from '../ports/maintenance-store.ts';
import { keyOf } from './command-rows.ts';
import { commandsOf } from './prune-rule.ts';
import type { Rule } from './prune-rule.ts';
import type { CommandRow } from './rows.ts';
import type { Step } from './state.ts';

type PruneCommands = Extract<PruneRequest, { readonly kind: 'commands' }>;

export function pruneCommands({ keepsAudit = false, rememberSeconds = 0 }: PruneCommands): Rule<CommandRow> {
	return {
		all: commandsOf,
		since: ({ createdAt }) => createdAt,
		idOf: ({ domain, commandId }) => keyOf(domain, commandId),
		isOver: (step, row, cutoff) =>
			row.completedAt !== null &&
			row.completedAt <= cutoff &&
			!isOfOpenBatch(step, row) &&
			!isOfUnfinishedProcess(step, row),
		remove(step, row) {
			const { domain, commandId, correlationId, completedAt } = row;
			const endedAt = completedAt ?? step.now;
			step.in('commands', domain).remove(commandId);
			const messages = row.messageIds.filter((messageId) => removeArchived(step, domain, messageId)).length;
			const requests = removeRequests(step, keyOf(domain, commandId));
			const audit = keepsAudit ? 0 : removeAudit(step, keyOf(domain, commandId));
			const isInWindow = endedAt.getTime() + rememberSeconds * 1000 > step.now.getTime();
			if (keepsAudit || isInWindow) {
				const remembered = { domain, commandId, correlationId, endedAt, hasAudit: keepsAudit };
				step.in('remembered', domain).put(commandId, remembered);
			}
			return 1 + messages + requests + audit;
		},
	};
}

function isOfOpenBatch(step: Step, { domain, batchId }: CommandRow): boolean {
	return batchId !== null && step.in('batches', domain).get(batchId)?.completedAt === null;
}

function isOfUnfinishedProcess(step: Step, { domain, commandId }: CommandRow): boolean {
	const processId = step.in('stepCommands', domain).get(commandId);
	return processId !== undefined && step.in('processes').get(processId)?.completedAt === null;
}

function removeArchived(step: Step, domain: string, messageId: string): boolean {
	const archive = step.in('archive', domainQueues(domain).commands);
	const isThere = archive.get(messageId) !== undefined;
	archive.remove(messageId);
	return isThere;
}

function removeRequests(step: Step, command: string): number {
	const requests = step.in('requests', command);
	const ids = [...requests.all()].map(({ requestId }) => requestId);
	for (const id of ids) requests.remove(id);
	return ids.length;
}

/** Returns how many lines went. */
export function removeAudit(step: Step, command: string): number {
	const audit = step.in('audit', command);
	const sequences = [...audit.all()].map(({ sequence }) => sequence);
	for (const sequence of sequences) audit.remove(sequence);
	return sequences.length;
}
