/** What somebody outside sees of a world. */
import type { JsonObject, JsonValue } from '@cb/core';
import { isProcessTerminal, isTerminal } from '@cb/core';
import type { Observation, SeenBatch, SeenCommand, SeenItem, SeenProcess, SeenStatistics } from '../observation.ts';
import { countsOf } from './batches.ts';
import { originalsOf } from './letters.ts';
import type { Answer, Batch, Command, Message, Process, World } from './world.ts';

export function view(world: World): Observation {
	const commands = [...world.commands.values()];
	const parked = commands.flatMap((command) => parkedItem(world, command));
	return {
		commands: Object.fromEntries(commands.map((command) => [command.name, seenCommand(command)])),
		queue: world.queue.map(seenMessage),
		archive: world.archive.map(seenMessage),
		replies: world.replies.map(({ answer }) => answer),
		inbox: world.inbox.map(({ answer }) => answer),
		answers: inOneOrder(originalsOf([...world.read, ...world.replies, ...world.inbox]).map(({ answer }) => answer)),
		parked: Object.fromEntries(parked),
		statistics: statistics(world, parked.length),
		batches: Object.fromEntries([...world.batches.values()].map((batch) => [batch.name, seenBatch(world, batch)])),
		processes: Object.fromEntries([...world.processes.values()].map((process) => [process.name, seenProcess(process)])),
	};
}

/** What is seen of the same is the same: nothing in a world is changed in place. */
function once<Thing extends object, Seen>(see: (thing: Thing) => Seen): (thing: Thing) => Seen {
	const known = new WeakMap<Thing, { readonly seen: Seen }>();
	return (thing) => {
		const found = known.get(thing) ?? { seen: see(thing) };
		known.set(thing, found);
		return found.seen;
	};
}

const seenCommand = once((command: Command): SeenCommand => {
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
});

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

const seenProcess = once((process: Process): SeenProcess => {
	const { status, state, currentStep, plan, compensationErrors, error, version, steps, events } = process;
	return {
		...{ status, currentStep, plan, compensationErrors, error, version, events },
		state: { ...state },
		isEnded: isProcessTerminal(status),
		steps: steps.map((step) => ({ ...step, isAnswered: step.status !== 'OPEN' && step.status !== 'PARKED' })),
	};
});

/** For what is a set: in whatever order it was found. */
export function inOneOrder(answers: readonly Answer[]): readonly Answer[] {
	return answers.toSorted((one, other) => (textOf(one) < textOf(other) ? -1 : 1));
}

function textOf(answer: Answer): string {
	return answer.kind === 'batch_completed' ? answer.batch : `${answer.command} ${answer.generation} ${answer.kind}`;
}
