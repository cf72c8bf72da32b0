/** What somebody outside sees of a world. */
import type { JsonObject, JsonValue } from '@cb/core';
import { isTerminal } from '@cb/core';
import type { Observation, SeenBatch, SeenCommand, SeenItem, SeenStatistics } from '../observation.ts';
import type { Batch, Command, Message, World } from './world.ts';

export function view(world: World): Observation {
	const commands = [...world.commands.values()];
	const parked = commands.flatMap((command) => parkedItem(world, command));
	return {
		commands: Object.fromEntries(commands.map((command) => [command.name, seenCommand(command)])),
		queue: world.queue.map(seenMessage),
		archive: world.archive.map(seenMessage),
		replies: world.replies,
		inbox: world.inbox.map(({ answer }) => answer),
		parked: Object.fromEntries(parked),
		statistics: statistics(world, parked.length),
		batches: Object.fromEntries([...world.batches.values()].map((batch) => [batch.name, seenBatch(world, batch)])),
		processes: {},
	};
}

function seenCommand(command: Command): SeenCommand {
	const { status, attempts, generation, version, replyTo, batch, result, lastError, audit } = command;
	return {
		...{ status, attempts, generation, version, replyTo, batch, result, lastError },
		maxAttempts: command.parked?.maxAttempts ?? command.sentMaxAttempts,
		isEnded: isTerminal(status),
		history: audit.map((line, index) => ({
			...line,
			details: essential(line.details),
			isHeld: status === 'IN_PROGRESS' && index === audit.length - 1,
		})),
	};
}

/** Details without what is null or false, and without ids of messages: adapters number messages as they like. */
export function essential(details: JsonObject): JsonObject {
	const isEssential = ([key, value]: readonly [string, JsonValue]): boolean =>
		value !== null && value !== false && key !== 'messageId' && key !== 'previousMessageId';
	return Object.fromEntries(Object.entries(details).filter(isEssential));
}

function seenMessage({ command, data }: Message) {
	return { command, data };
}

function parkedItem(world: World, command: Command): readonly (readonly [string, SeenItem])[] {
	const { name, attempts, lastError, generation, version, batch, process } = command;
	if (command.parked === null || lastError === null) return [];
	const payload = world.archive.find(({ id }) => id === command.messageId)?.data ?? null;
	const item = { attempts, ...command.parked, error: lastError, payload, generation, version, batch, process };
	return [[name, item]];
}

function statistics(world: World, parked: number): SeenStatistics {
	const held = new Set(
		[...world.commands.values()].flatMap((one) => (one.status === 'IN_PROGRESS' ? [one.messageId] : [])),
	);
	const isDue = ({ dueAt }: Message): boolean => dueAt <= world.now;
	const free = world.queue.filter(({ id }) => !held.has(id));
	const leased = world.queue.filter(({ id }) => held.has(id));
	const [ready, stalled] = [free.filter(isDue).length, leased.filter(isDue).length];
	return {
		depth: world.queue.length,
		...{ ready, stalled, parked },
		delayed: free.length - ready,
		inFlight: leased.length - stalled,
	};
}

function seenBatch(world: World, batch: Batch): SeenBatch {
	const { status, members, events } = batch;
	return {
		...{ status, members, events },
		...countsOf(world, batch),
		isStarted: events.includes('BATCH_STARTED'),
		isFinished: events.includes('BATCH_COMPLETED'),
	};
}

function countsOf(
	world: World,
	{ members }: Batch,
): Pick<SeenBatch, 'total' | 'completed' | 'failed' | 'canceled' | 'parked'> {
	const statuses = members.map((name) => world.commands.get(name)?.status);
	const count = (wanted: string): number => statuses.filter((status) => status === wanted).length;
	return {
		total: members.length,
		completed: count('COMPLETED'),
		failed: count('FAILED'),
		canceled: count('CANCELED'),
		parked: count('IN_TROUBLESHOOTING_QUEUE'),
	};
}
