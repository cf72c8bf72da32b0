/** The verbs of the suites: short ways through the ports to where a case begins, and to what it asserts. */
import { expect, onTestFinished } from 'vitest';
import type { z } from 'zod';
import type { AuditEvent, AuditEventType } from '../model/audit-event.ts';
import type { CommandRecord, NewCommand, ReceivedCommand } from '../model/command-record.ts';
import type { CommandAddress } from '../model/ids.ts';
import { domainQueues } from '../model/ids.ts';
import type { JsonValue } from '../model/json.ts';
import { AnswerMessageSchema } from '../model/message.ts';
import type { AnswerMessage, NoticeMessage, ReplyMessage } from '../model/message.ts';
import type { TroubleshootingItem } from '../model/troubleshooting-item.ts';
import type { ReceiveRequest, SettleOutcome } from '../ports/command-store.ts';
import type { LoadedProcess } from '../ports/process-store.ts';
import type { ReceivedReply } from '../ports/reply-channel.ts';
import { aCommand, aReceive, domain, longMs, parkedWith, replyQueue } from './builders.ts';
import type { Outcome } from './builders.ts';
import type { BackendSubject, OpenSubject, StoredMessage } from './subject.ts';

/** Opens a fresh backend with the domain of all cases, and others where asked; closed when the case ends. */
export async function openWith(open: OpenSubject, ...otherDomains: readonly string[]): Promise<BackendSubject> {
	const subject = await open();
	onTestFinished(() => subject.close());
	for (const name of [domain, ...otherDomains]) await subject.backend.domains.create(name);
	return subject;
}

/** The one element of a list that has one. */
export function only<Item>(items: readonly Item[]): Item {
	expect(items).toHaveLength(1);
	return first(items);
}

export function first<Item>(items: readonly Item[]): Item {
	const [item] = items;
	return item ?? expect.fail('the list is empty');
}

/** Sends a command that is accepted. */
export async function send(subject: BackendSubject, overrides: Partial<NewCommand> = {}): Promise<NewCommand> {
	const command = aCommand(overrides);
	expect(await subject.backend.commands.accept([command])).toEqual([{ kind: 'accepted' }]);
	return command;
}

/** Receives what is due, in as many calls as it takes. */
export async function receiveAll(
	subject: BackendSubject,
	overrides: Partial<ReceiveRequest> = {},
): Promise<readonly ReceivedCommand[]> {
	const { commands, parked, rejected } = await subject.backend.commands.receive(aReceive(overrides));
	if (commands.length + parked.length + rejected.length === 0) return [];
	return [...commands, ...(await receiveAll(subject, overrides))];
}

/** Receives the only command that is due. */
export async function receiveOne(
	subject: BackendSubject,
	overrides: Partial<ReceiveRequest> = {},
): Promise<ReceivedCommand> {
	return only((await subject.backend.commands.receive(aReceive(overrides))).commands);
}

export async function settle(
	subject: BackendSubject,
	received: ReceivedCommand,
	outcome: Outcome,
): Promise<SettleOutcome> {
	return only(await subject.backend.commands.settle(received.domain, [{ ...outcome, lease: received.lease }]));
}

/** Sends a command, receives it and settles it. No other command may be due. */
export async function sendAndSettle(
	subject: BackendSubject,
	outcome: Outcome,
	overrides: Partial<NewCommand> = {},
): Promise<ReceivedCommand> {
	const command = await send(subject, overrides);
	const received = await receiveOne(subject, { domain: command.domain });
	expect(await settle(subject, received, outcome)).toEqual({ kind: 'settled' });
	return received;
}

/** Sends a command that ends up parked. No other command may be due. */
export async function park(
	subject: BackendSubject,
	overrides: Partial<NewCommand> = {},
	outcome: Outcome = parkedWith(),
): Promise<ReceivedCommand> {
	return sendAndSettle(subject, outcome, overrides);
}

export async function recordOf(subject: BackendSubject, address: CommandAddress): Promise<CommandRecord> {
	const { domain, commandId } = address;
	return only(await subject.backend.queries.getMany([{ domain, commandId }])) ?? expect.fail('no such command');
}

export async function historyOf(subject: BackendSubject, address: CommandAddress): Promise<readonly AuditEvent[]> {
	const { domain, commandId } = address;
	return subject.backend.queries.history({ domain, commandId });
}

export async function trailOf(subject: BackendSubject, address: CommandAddress): Promise<readonly AuditEventType[]> {
	return (await historyOf(subject, address)).map((event) => event.type);
}

/** The newest event of a type in a command's history. */
export async function eventOf(
	subject: BackendSubject,
	address: CommandAddress,
	type: AuditEventType,
): Promise<AuditEvent> {
	const event = (await historyOf(subject, address)).findLast((candidate) => candidate.type === type);
	return event ?? expect.fail(`no ${type} in the history`);
}

export async function itemOf(subject: BackendSubject, address: CommandAddress): Promise<TroubleshootingItem> {
	const { domain, commandId } = address;
	return (await subject.backend.troubleshooting.get({ domain, commandId })) ?? expect.fail('the command is not parked');
}

/** What has been answered for one command, read off the queue; everything on a reply queue must fit the published schema. */
async function answersOf(
	subject: BackendSubject,
	address: CommandAddress,
	queue: string,
): Promise<readonly AnswerMessage[]> {
	const answers = (await subject.messages(queue)).map(({ body }) => parseAs(AnswerMessageSchema, body));
	return answers.filter((answer) => answer.domain === address.domain && answer.command_id === address.commandId);
}

function parseAs<Schema extends z.ZodType>(schema: Schema, body: JsonValue): z.output<Schema> {
	const parsed = schema.safeParse(body);
	return parsed.success ? parsed.data : expect.fail(`not an answer: ${parsed.error.message}`);
}

export async function repliesOf(
	subject: BackendSubject,
	address: CommandAddress,
	queue: string = replyQueue,
): Promise<readonly ReplyMessage[]> {
	return (await answersOf(subject, address, queue)).filter((answer) => answer.kind === 'reply');
}

export async function noticesOf(
	subject: BackendSubject,
	address: CommandAddress,
	queue: string = replyQueue,
): Promise<readonly NoticeMessage[]> {
	return (await answersOf(subject, address, queue)).filter((answer) => answer.kind !== 'reply');
}

/** Everything that can be seen of one command, and of the messages of its domain. */
export interface Everything {
	readonly record: CommandRecord;
	readonly history: readonly AuditEvent[];
	readonly item: TroubleshootingItem | undefined;
	readonly answers: readonly AnswerMessage[];
	readonly messages: readonly StoredMessage[];
	readonly archived: readonly StoredMessage[];
}

/** Equal before and after a call that must change nothing. */
export async function everythingOf(subject: BackendSubject, address: CommandAddress): Promise<Everything> {
	const { domain, commandId } = address;
	const { commands, replies } = domainQueues(domain);
	return {
		record: await recordOf(subject, address),
		history: await historyOf(subject, address),
		item: await subject.backend.troubleshooting.get({ domain, commandId }),
		answers: await answersOf(subject, address, replies),
		messages: await subject.messages(commands),
		archived: await subject.archived(commands),
	};
}

/** What a call that must fail threw. */
export async function failureOf(attempt: Promise<unknown>): Promise<unknown> {
	return attempt.then(
		() => expect.fail('the call went through'),
		(error: unknown) => error,
	);
}

/** Lets every lease and delay pass. */
export async function elapseAll(subject: BackendSubject): Promise<void> {
	await subject.elapse(longMs);
}

export async function loadProcess(subject: BackendSubject, processId: string): Promise<LoadedProcess> {
	return only(await subject.backend.processes.loadMany([processId])) ?? expect.fail('no such process');
}

/** Leases the only message of a reply queue. */
export async function receiveReply(subject: BackendSubject, queue: string): Promise<ReceivedReply> {
	return only(await subject.backend.replies.receive(queue, 10, 30));
}
