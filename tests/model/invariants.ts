/** What must hold whatever happens, by name. Each is about what anybody can see, so it can be asked of the model and of any adapter. */
import { isTerminal } from '@cb/core';
import type { AuditEventType, CommandStatus, ReplyOutcome } from '@cb/core';
import type { Observation, SeenCommand, SeenLine } from './observation.ts';
import { processInvariants } from './process-invariants.ts';
import { walkOf } from './walk.ts';

/** Between two looks; `before` is undefined at the first. Gives what is broken, one sentence each. */
export type Invariant = (after: Observation, before: Observation | undefined) => readonly string[];

/** The most that any worker allows where the sender did not say. */
const mostAttempts = 3;

const endings: Partial<Record<AuditEventType, { readonly status: CommandStatus; readonly reply: ReplyOutcome }>> = {
	COMPLETED: { status: 'COMPLETED', reply: 'SUCCESS' },
	OPERATOR_COMPLETE: { status: 'COMPLETED', reply: 'SUCCESS' },
	BUSINESS_RULE_FAILED: { status: 'FAILED', reply: 'FAILED' },
	CANCELED: { status: 'CANCELED', reply: 'CANCELED' },
	OPERATOR_CANCEL: { status: 'CANCELED', reply: 'CANCELED' },
};

const invariants: Readonly<Record<string, Invariant>> = {
	'each (command, generation) ends at most once': ofCommands((name, { history }) => {
		const ends = history.filter(({ type }) => type in endings);
		return ends.length > 1 ? [`${name} ended ${ends.length} times: ${trailOf(history)}`] : [];
	}),
	'exactly one reply per resolution with reply_to': (after) =>
		Object.entries(after.commands).flatMap(([name, command]) => repliesBroken(after, name, command)),
	'no transition outside the table': ofCommands((name, { history }) => {
		const walk = walkOf(history);
		return walk.problems.map((problem) => `${name} ${problem}: ${trailOf(history)}`);
	}),
	'the audit replays to the current state': ofCommands((name, command) => {
		const { status, generation, attempts } = walkOf(command.history);
		const last = command.history.at(-1);
		// A receipt that was given back leaves no line, so a command whose earlier lease ran out may be PENDING again.
		const isGivenBack = command.status === 'PENDING' && last?.type === 'RECEIVED' && !last.isHeld;
		const isReplayed = isGivenBack || (status === command.status && generation === command.generation);
		const areCounted = attempts === undefined || attempts === command.attempts;
		const is = `${command.status} in generation ${command.generation} with ${command.attempts} attempts`;
		return isReplayed && areCounted ? [] : [`${name} is ${is}, its audit says ${trailOf(command.history)}`];
	}),
	'attempts never exceed the maximum': ofCommands((name, { attempts, maxAttempts, history }) => {
		const most = Math.max(attempts, ...history.map(({ attempt }) => attempt));
		return most > Math.max(maxAttempts ?? 0, mostAttempts) ? [`${name} was tried ${most} times`] : [];
	}),
	'nothing terminal moves': (after, before) =>
		Object.entries(before?.commands ?? {}).flatMap(([name, command]) => {
			const now = after.commands[name];
			return now !== command && isTerminal(command.status) && JSON.stringify(now) !== JSON.stringify(command)
				? [`${name} was ${command.status} and is ${now?.status ?? 'gone'}`]
				: [];
		}),
	'an audit only grows': (after, before) =>
		Object.entries(before?.commands ?? {}).flatMap(([name, command]) => {
			if (after.commands[name] === command) return [];
			const written = command.history.filter(({ isHeld }) => !isHeld);
			const now = after.commands[name]?.history.slice(0, written.length) ?? [];
			return JSON.stringify(now) === JSON.stringify(written) ? [] : [`lines of ${name} changed`];
		}),
	'a live command has one message, an ended one none': (after) =>
		Object.entries(after.commands).flatMap(([name, { status }]) => {
			const isLive = status === 'PENDING' || status === 'IN_PROGRESS';
			const count = after.queue.filter(({ command, data }) => command === name && data !== 'stray').length;
			return count === (isLive ? 1 : 0) ? [] : [`${name} is ${status} with ${count} messages`];
		}),
	'the Troubleshooting Queue is what is parked': (after) => {
		const parked = Object.entries(after.commands).filter(([, { status }]) => status === 'IN_TROUBLESHOOTING_QUEUE');
		const [is, shown] = [parked.map(([name]) => name).sort(), Object.keys(after.parked).sort()];
		return is.join() === shown.join() ? [] : [`parked are ${is.join(', ')}, shown are ${shown.join(', ')}`];
	},
	'counts of a batch add up': (after) => Object.entries(after.batches).flatMap(([name]) => batchBroken(after, name)),
	'a batch finishes once': (after, before) =>
		Object.entries(before?.batches ?? {}).flatMap(([name, batch]) =>
			batch.isFinished && JSON.stringify(after.batches[name]) !== JSON.stringify(batch)
				? [`${name} changed after its end`]
				: [],
		),
	...processInvariants,
};

/** The names of the invariants that are broken, with what breaks them; empty when all hold. */
export function brokenInvariants(after: Observation, before?: Observation): readonly string[] {
	return Object.entries(invariants).flatMap(([name, invariant]) =>
		invariant(after, before).map((problem) => `${name}: ${problem}`),
	);
}

function ofCommands(problemsOf: (name: string, command: SeenCommand) => readonly string[]): Invariant {
	return (after) => Object.entries(after.commands).flatMap(([name, command]) => problemsOf(name, command));
}

function trailOf(history: readonly SeenLine[]): string {
	return history.map(({ type, attempt }) => `${type} ${attempt}`).join(', ');
}

function repliesBroken({ answers }: Observation, name: string, { replyTo, history }: SeenCommand): readonly string[] {
	const given = answers.flatMap((answer) => (answer.kind === 'reply' && answer.command === name ? [answer] : []));
	const due = history.flatMap(({ type, generation, details }) => {
		const ending = endings[type];
		const isSilent = ending === undefined || replyTo === null || details['isReplySuppressed'] === true;
		return isSilent ? [] : [`${ending.reply} of generation ${generation}`];
	});
	const said = given.map(({ outcome, generation }) => `${outcome} of generation ${generation}`);
	return said.join() === due.join() ? [] : [`${name} was answered [${said.join()}] and should be [${due.join()}]`];
}

function batchBroken({ batches, commands, answers }: Observation, name: string): readonly string[] {
	const batch = batches[name];
	if (batch === undefined) return [];
	const { total, completed, failed, canceled, parked, members, events, isFinished } = batch;
	const statuses = members.map((member) => commands[member]?.status);
	const counted = [completed, failed, canceled, parked].join();
	const actual = (['COMPLETED', 'FAILED', 'CANCELED', 'IN_TROUBLESHOOTING_QUEUE'] as const)
		.map((wanted) => statuses.filter((status) => status === wanted).length)
		.join();
	const announced = answers.filter((answer) => answer.kind === 'batch_completed' && answer.batch === name).length;
	return [
		total === members.length ? [] : [`${name} counts ${total} of ${members.length} members`],
		counted === actual ? [] : [`${name} counts ${counted} where ${actual} ended`],
		isFinished && completed + failed + canceled !== total ? [`${name} finished before its members`] : [],
		announced > (isFinished ? 1 : 0) ? [`${name} was announced ${announced} times`] : [],
		events.filter((type) => type === 'BATCH_COMPLETED').length === (isFinished ? 1 : 0)
			? []
			: [`${name} did not finish once`],
	].flat();
}
