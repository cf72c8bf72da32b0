/** What an adapter shows of the domain of a stage, read through its ports and off its queues. */
import type { AuditEvent, BatchEvent, BatchRecord, CommandRecord, JsonObject, TroubleshootingItem } from '@cb/core';
import { queues, seenLetter, seenMessage } from './messages.ts';
import type { Observation, SeenBatch, SeenCommand, SeenItem, SeenStatistics } from './observation.ts';
import { essential, inOneOrder } from './semantics/view.ts';
import type { World } from './semantics/world.ts';
import { seenProcesses } from './observe-processes.ts';
import { domain } from './stage.ts';
import type { Stage } from './stage.ts';

const everything = { limit: 200 };

/** Looks at everything the world says there is, and at everything that lies on a queue. */
export async function observe(stage: Stage, world: World): Promise<Observation> {
	const { backend, names } = stage;
	// First, as their steps tell the names of their commands.
	const processes = await seenProcesses(stage, [...world.processes.keys()]);
	const [commands, queue, archive, replies, inbox, items, batches, statistics] = await Promise.all([
		seenCommands(stage, [...world.commands.keys()]),
		stage.messages(queues.commands),
		stage.archived(queues.commands),
		stage.messages(queues.replies),
		stage.messages(queues.processReplies),
		backend.troubleshooting.list({ domain }, everything),
		Promise.all([...world.batches.keys()].map(async (name) => [name, await seenBatch(stage, name)] as const)),
		seenStatistics(stage),
	]);
	const onReplies = replies.map(({ body }) => seenLetter(stage, body));
	const onInbox = inbox.map(({ body }) => seenLetter(stage, body));
	const lying = [...onReplies, ...onInbox].map(({ id, answer }) => [id, answer] as const);
	return {
		commands: Object.fromEntries(commands),
		queue: queue.map(({ body }) => seenMessage(stage, body)),
		archive: archive.map(({ body }) => seenMessage(stage, body)),
		replies: onReplies.map(({ answer }) => answer),
		inbox: onInbox.map(({ answer }) => answer),
		answers: inOneOrder([...new Map([...stage.read, ...lying]).values()]),
		parked: Object.fromEntries(items.items.map((item) => [names.nameOf(item.commandId), seenItem(stage, item)])),
		statistics,
		batches: Object.fromEntries(batches.flatMap(([name, seen]) => (seen === undefined ? [] : [[name, seen]]))),
		processes: Object.fromEntries(processes),
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
