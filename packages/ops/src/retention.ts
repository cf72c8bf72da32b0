/** How long what is over stays: the only place where the defaults live. */
import { ConfigurationError, parseConfiguration, pruneKinds } from '@cb/core';
import type { PruneKind, PruneRequest } from '@cb/core';
import { z } from 'zod';

/** Seconds since the end of each thing. */
export interface Retention {
	/** Ended commands with their messages. @default 30 days */
	readonly commandsSeconds: number;
	/** Audit of commands; at least as long as the commands. @default as long as the commands */
	readonly auditSeconds: number;
	/** How long a repeated id of a command, business key of a process or id of a batch is still known. @default as long as the commands */
	readonly idempotencySeconds: number;
	/** Archived payloads of ended commands, and messages that belonged to none. @default as long as the commands */
	readonly messagesSeconds: number;
	/** Replies that nobody could handle. @default 30 days */
	readonly repliesSeconds: number;
	/** Finished processes with steps and events. @default 30 days */
	readonly processesSeconds: number;
	/** Finished batches and process batches. @default 30 days */
	readonly batchesSeconds: number;
	/** Bulks that have ended or were never started. @default 30 days */
	readonly bulksSeconds: number;
	/** Request ids of operators. @default 7 days */
	readonly requestsSeconds: number;
}

const day = 86_400;
const month = 30 * day;
const century = 36_500 * day;

const Age = z.number().min(0).max(century);

const RetentionSchema = z.strictObject({
	commandsSeconds: Age.default(month),
	auditSeconds: Age.optional(),
	idempotencySeconds: Age.optional(),
	messagesSeconds: Age.optional(),
	repliesSeconds: Age.default(month),
	processesSeconds: Age.default(month),
	batchesSeconds: Age.default(month),
	bulksSeconds: Age.default(month),
	requestsSeconds: Age.default(7 * day),
});

/** Throws `ConfigurationError` for ages that cannot be meant. */
export function parseRetention(said: Partial<Retention> = {}): Retention {
	const parsed = parseConfiguration(RetentionSchema, said, 'Retention');
	const { commandsSeconds } = parsed;
	const {
		auditSeconds = commandsSeconds,
		idempotencySeconds = commandsSeconds,
		messagesSeconds = commandsSeconds,
	} = parsed;
	if (auditSeconds < commandsSeconds) {
		throw new ConfigurationError(
			`Retention: auditSeconds (${String(auditSeconds)}) lies below commandsSeconds (${String(commandsSeconds)}). A command keeps its audit while it is there.`,
		);
	}
	return { ...parsed, auditSeconds, idempotencySeconds, messagesSeconds };
}

/** What a kind is pruned by, less the chunk. */
export type PruneRule = Pick<PruneRequest, 'kind' | 'olderThanSeconds'> & {
	readonly keepsAudit?: boolean;
	readonly rememberSeconds?: number;
};

/** In the order in which they are worked off: what holds others comes before them. */
export function pruneRules(retention: Retention, isAuditExported: boolean): readonly PruneRule[] {
	const { auditSeconds, batchesSeconds, commandsSeconds, idempotencySeconds, processesSeconds } = retention;
	const keptBatchSeconds = Math.max(batchesSeconds, idempotencySeconds);
	const keepsAudit = isAuditExported || auditSeconds > commandsSeconds;
	const ages: Readonly<Record<PruneKind, number>> = {
		batches: keptBatchSeconds,
		'process-batches': keptBatchSeconds,
		processes: processesSeconds,
		commands: commandsSeconds,
		audit: auditSeconds,
		ids: idempotencySeconds,
		messages: retention.messagesSeconds,
		replies: retention.repliesSeconds,
		bulks: retention.bulksSeconds,
		requests: retention.requestsSeconds,
	};
	return pruneKinds.map((kind) => ({
		kind,
		olderThanSeconds: ages[kind],
		...(kind === 'commands' ? { keepsAudit, rememberSeconds: idempotencySeconds } : {}),
		...(kind === 'processes' ? { rememberSeconds: idempotencySeconds } : {}),
	}));
}
