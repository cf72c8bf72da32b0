/** Commands: nothing lost, nothing doubled, each answered once, and the audit tells the whole of it. */
import { isTerminal } from '@cb/core';
import type { CommandRecord, ReplyOutcome, TerminalStatus } from '@cb/core';
import type { CommandFacts, Facts, ReplyFacts } from './facts.ts';
import { replay, trailText } from './replay.ts';
import { Book, Transfer } from '../cast/shop.ts';

/** What senders were told, against what is there. */
export function* checkSends({ ledger, commands }: Facts): Iterable<string> {
	for (const [commandId, { accepted, known, refused, unknown }] of ledger.sends) {
		const isThere = commands.has(commandId);
		const told = `${accepted} accepted, ${known} known, ${refused} refused, ${unknown} unknown`;
		if (isThere && accepted + unknown === 0) yield `command ${commandId} is there and nobody sent it: ${told}`;
		if (!isThere && accepted + known > 0) yield `command ${commandId} is lost: ${told}`;
		if (accepted > 1) yield `command ${commandId} was accepted ${accepted} times`;
	}
}

/** Whatever is there was sent by somebody, by a process or by a handler. */
export function* checkOrigins({ ledger, commands, processes }: Facts): Iterable<string> {
	const ofProcesses = new Set(processes.flatMap(({ steps }) => steps.map((step) => step.commandId)));
	for (const [commandId, { record }] of commands) {
		const isSent = ledger.sends.has(commandId) || ofProcesses.has(commandId) || record.commandType === Book.type;
		if (!isSent) yield `nobody sent ${record.commandType} ${commandId}`;
	}
}

export function* checkCommand(facts: Facts, command: CommandFacts): Iterable<string> {
	const { record } = command;
	const subject = `${record.commandType} ${record.commandId}`;
	for (const problem of problemsOf(facts, command)) yield `${subject}: ${problem}. ${trailText(command.trail)}`;
}

function* problemsOf(facts: Facts, command: CommandFacts): Iterable<string> {
	const { record } = command;
	const isAtRest = isTerminal(record.status) || record.status === 'IN_TROUBLESHOOTING_QUEUE';
	if (!isAtRest) yield `it is stuck, ${record.status}`;
	yield* checkAudit(command);
	yield* checkReplies(command);
	yield* checkRuns(facts, command);
	if (record.commandType === Transfer.type) yield* checkEffect(facts, command);
}

function* checkAudit({ record, trail }: CommandFacts): Iterable<string> {
	const replayed = replay(trail);
	if ('illegal' in replayed) {
		yield replayed.illegal;
		return;
	}
	const { status, generation, attempts, endings } = replayed;
	if (status !== record.status) yield `the audit says ${String(status)}, it is ${record.status}`;
	if (generation !== record.generation) yield `the audit says generation ${generation}, it is ${record.generation}`;
	if (attempts !== undefined && attempts !== record.attempts) {
		yield `the audit says ${attempts} attempts, it has ${record.attempts}`;
	}
	if (endings !== (isTerminal(record.status) ? 1 : 0)) yield `it ended ${endings} times`;
	if (trail.some(({ sequence }) => sequence === '')) yield 'a lease still runs';
}

const outcomeOf: Readonly<Record<TerminalStatus, ReplyOutcome>> = {
	COMPLETED: 'SUCCESS',
	FAILED: 'FAILED',
	CANCELED: 'CANCELED',
};

function* checkReplies({ record, replies }: CommandFacts): Iterable<string> {
	const { status, replyTo } = record;
	const isAnsweredHere = isTerminal(status) && replyTo === 'shop__replies';
	if (replies.length !== (isAnsweredHere ? 1 : 0)) yield `it has ${replies.length} replies, and is ${status}`;
	for (const reply of replies) yield* checkReply(record, reply);
}

function* checkReply(
	{ status, generation, correlationId, result }: CommandRecord,
	reply: ReplyFacts,
): Iterable<string> {
	if (isTerminal(status) && reply.outcome !== outcomeOf[status]) yield `it is ${status}, its reply ${reply.outcome}`;
	if (reply.generation !== generation) yield `its reply is of generation ${reply.generation}, not ${generation}`;
	if (reply.correlation_id !== correlationId) yield 'its reply has another correlation id';
	const hasItsResult = JSON.stringify(reply.data) === JSON.stringify(result);
	if (status === 'COMPLETED' && !hasItsResult) yield 'its reply has another result';
}

/** Handlers ran as often as they may, and the result is that of one of them. */
function* checkRuns({ ledger }: Facts, { record, trail }: CommandFacts): Iterable<string> {
	const { commandId, attempts, maxAttempts, result } = record;
	if (maxAttempts !== null && attempts > maxAttempts) yield `${attempts} attempts of ${maxAttempts}`;
	const last = trail.at(-1);
	if (last?.type !== 'COMPLETED') return;
	const run = ledger.runOf(result);
	if (run?.commandId !== commandId || !run.hasReturned) yield `its result ${JSON.stringify(result)} is of no run of it`;
	else if (run.attempt !== last.attempt) yield `its result is of attempt ${run.attempt}`;
}

/** What a handler writes in its transaction is there exactly if that completed the command. */
function* checkEffect({ commands }: Facts, { record, trail }: CommandFacts): Iterable<string> {
	const children = [...commands.values()].filter(({ record: child }) => child.causationId === record.commandId);
	const expected = trail.at(-1)?.type === 'COMPLETED' ? 1 : 0;
	if (children.length !== expected) yield `it has ${children.length} effects instead of ${expected}`;
}
