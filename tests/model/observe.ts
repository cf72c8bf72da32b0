/** What an adapter shows of the domain of a stage, read through its ports and off its queues. */
import { AnswerMessageSchema, domainQueues } from '@cb/core';
import type {
	AuditEvent,
	BatchEvent,
	BatchRecord,
	CommandRecord,
	ErrorRecord,
	JsonObject,
	JsonValue,
	TroubleshootingItem,
} from '@cb/core';
import { z } from 'zod';
import type { Observation, SeenBatch, SeenCommand, SeenItem, SeenMessage, SeenStatistics } from './observation.ts';
import { essential } from './semantics/view.ts';
import type { Answer, World } from './semantics/world.ts';
import { domain } from './stage.ts';
import type { Stage } from './stage.ts';

export const queues = domainQueues(domain);
const everything = { limit: 200 };

/** Looks at everything the world says there is, and at everything that lies on a queue. */
export async function observe(stage: Stage, world: World): Promise<Observation> {
	const { backend, names } = stage;
	const commandNames = [...world.commands.keys()];
	const [commands, queue, archive, replies, inbox, items, batches, statistics] = await Promise.all([
		seenCommands(stage, commandNames),
		stage.messages(queues.commands),
		stage.archived(queues.commands),
		stage.messages(queues.replies),
		stage.messages(queues.processReplies),
		backend.troubleshooting.list({ domain }, everything),
		Promise.all([...world.batches.keys()].map(async (name) => [name, await seenBatch(stage, name)] as const)),
		seenStatistics(stage),
	]);
	return {
		commands: Object.fromEntries(commands),
		queue: queue.map(({ body }) => seenMessage(stage, body)),
		archive: archive.map(({ body }) => seenMessage(stage, body)),
		replies: replies.map(({ body }) => answerOf(stage, body)),
		inbox: inbox.map(({ body }) => answerOf(stage, body)),
		parked: Object.fromEntries(items.items.map((item) => [names.nameOf(item.commandId), seenItem(stage, item)])),
		statistics,
		batches: Object.fromEntries(batches.flatMap(([name, seen]) => (seen === undefined ? [] : [[name, seen]]))),
		processes: {},
	};
}

async function seenCommands(
	stage: Stage,
	names: readonly string[],
): Promise<readonly (readonly [string, SeenCommand])[]> {
	const { queries } = stage.backend;
	const addresses = names.map((name) => ({ domain, commandId: stage.names.idOf(name) }));
	const [records, histories] = await Promise.all([
		queries.getMany(addresses),
		Promise.all(addresses.map((address) => queries.history(address))),
	]);
	return names.flatMap((name, index) => {
		const record = records[index];
		return record === undefined ? [] : [[name, seenRecord(stage, record, histories[index] ?? [])] as const];
	});
}

function seenRecord({ names }: Stage, record: CommandRecord, history: readonly AuditEvent[]): SeenCommand {
	const { status, attempts, maxAttempts, generation, version, replyTo, batchId, result, lastError } = record;
	return {
		...{ status, attempts, maxAttempts, generation, version, result, lastError },
		replyTo: replyTo === null ? null : queueName(replyTo),
		batch: batchId === null ? null : names.nameOf(batchId),
		isEnded: record.completedAt !== null,
		history: history.map((event) => ({
			type: event.type,
			generation: event.generation,
			attempt: event.attempt,
			isHeld: event.sequence === '',
			details: detailsOf(names, event),
		})),
	};
}

function queueName(queue: string): string {
	if (queue === queues.replies) return 'replies';
	return queue === queues.processReplies ? 'inbox' : queue;
}

/** What the model knows by name. Correlation ids are checked where messages are read. */
function detailsOf(names: Stage['names'], { type, details }: AuditEvent): JsonObject {
	const { correlationId, ...rest } = details;
	if (type !== 'SENT') return essential(details);
	const { replyTo = null, batchId = null } = rest;
	return essential({
		replyTo: typeof replyTo === 'string' ? queueName(replyTo) : null,
		batch: typeof batchId === 'string' ? names.nameOf(batchId) : null,
		...(typeof correlationId === 'string' ? {} : { correlationId: 'missing' }),
	});
}

const CommandMessageSchema = z.object({ command_id: z.string(), domain: z.literal(domain), data: z.json() });

function seenMessage({ names }: Stage, body: JsonValue): SeenMessage {
	const { command_id: commandId, data } = CommandMessageSchema.parse(body);
	return { command: names.nameOf(commandId), data };
}

const BatchCompletedSchema = z.object({
	kind: z.literal('batch_completed'),
	batch_id: z.string(),
	domain: z.literal(domain),
	status: z.enum(['COMPLETED', 'COMPLETED_WITH_FAILURES']),
	total_count: z.number(),
	completed_count: z.number(),
	failed_count: z.number(),
	canceled_count: z.number(),
	completed_at: z.string(),
});

function answerOf({ names }: Stage, body: JsonValue): Answer {
	const message = z.union([AnswerMessageSchema, BatchCompletedSchema]).parse(body);
	if (message.kind === 'batch_completed') {
		return {
			kind: 'batch_completed',
			batch: names.nameOf(message.batch_id),
			status: message.status,
			total: message.total_count,
			completed: message.completed_count,
			failed: message.failed_count,
			canceled: message.canceled_count,
		};
	}
	const base = {
		command: names.nameOf(message.command_id),
		generation: message.generation,
		error: errorOf(message.error),
	};
	if (message.kind !== 'reply') return { kind: message.kind, ...base };
	return { kind: 'reply', ...base, outcome: message.outcome, data: message.data };
}

type MessageError = z.output<typeof AnswerMessageSchema>['error'];

function errorOf(error: MessageError): ErrorRecord | null {
	if (error === null) return null;
	const { type = 'CANCELED', code, message, details = null } = error;
	return { type, code, message, details };
}

function seenItem({ names }: Stage, item: TroubleshootingItem): SeenItem {
	const { attempts, maxAttempts, fingerprint, payload, generation, version, batchId, processId } = item;
	return {
		...{ attempts, maxAttempts, fingerprint, payload, generation, version },
		error: {
			type: item.lastErrorType,
			code: item.lastErrorCode,
			message: item.lastErrorMessage,
			details: item.lastErrorDetails,
		},
		batch: batchId === null ? null : names.nameOf(batchId),
		process: processId === null ? null : names.nameOf(processId),
	};
}

async function seenStatistics({ backend }: Stage): Promise<SeenStatistics> {
	const [found] = await backend.domains.statistics(domain);
	if (found === undefined) throw new TypeError(`The adapter has no statistics of ${domain}.`);
	const { depth, readyCount, delayedCount, inFlightCount, stalledCount, parkedCount } = found;
	return {
		...{ depth, ready: readyCount, delayed: delayedCount },
		...{ inFlight: inFlightCount, stalled: stalledCount, parked: parkedCount },
	};
}

async function seenBatch(stage: Stage, name: string): Promise<SeenBatch | undefined> {
	const { backend, names } = stage;
	const address = { domain, batchId: names.idOf(name) };
	const [record, members, events] = await Promise.all([
		backend.batches.get(address),
		backend.batches.members(address, everything),
		backend.batches.history(address),
	]);
	if (record === undefined) return undefined;
	return seenBatchRecord(record, { members: members.items.map(({ commandId }) => names.nameOf(commandId)), events });
}

function seenBatchRecord(
	record: BatchRecord,
	{ members, events }: { readonly members: readonly string[]; readonly events: readonly BatchEvent[] },
): SeenBatch {
	return {
		status: record.status,
		total: record.totalCount,
		completed: record.completedCount,
		failed: record.failedCount,
		canceled: record.canceledCount,
		parked: record.parkedCount,
		isStarted: record.startedAt !== null,
		isFinished: record.completedAt !== null,
		members,
		events: events.map(({ type }) => type),
	};
}
