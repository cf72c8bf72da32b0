/** Where the tests begin: a queue over the in-memory backend, with commands that were really sent, received and parked. */
import { domainQueues, errorFingerprint, exhaustedByRedelivery, newId } from '@cb/core';
import type {
	AuditEvent,
	CommandAddress,
	CommandRecord,
	ErrorRecord,
	NewCommand,
	ReceivedCommand,
	ReplyMessage,
	Settlement,
	TelemetryEvent,
} from '@cb/core';
import { ReplyMessageSchema } from '@cb/core';
import { createInMemorySubject } from '@cb/core/memory';
import type { InMemoryBackend, InMemorySubject, MemoryTransaction } from '@cb/core/memory';
import { expect } from 'vitest';
import { createTroubleshootingQueue } from '../src/index.ts';
import type { TroubleshootingQueue, TroubleshootingQueueOptions } from '../src/index.ts';

export const domain = 'payments';
export const replyQueue = domainQueues(domain).replies;
export const ada = { id: 'ada@example.com', kind: 'human' } as const;
export const bob = { id: 'bob@example.com', kind: 'human' } as const;
export const by = { operator: ada };
export const unknownId = '0190b8d0-0000-7000-8000-000000000000';

export interface Scenario {
	readonly subject: InMemorySubject;
	readonly backend: InMemoryBackend;
	readonly queue: TroubleshootingQueue<MemoryTransaction>;
	readonly events: readonly TelemetryEvent[];
}

/** A queue on an empty store with the domains `payments` and `reports`. */
export async function openQueue(options: TroubleshootingQueueOptions = {}): Promise<Scenario> {
	const subject = createInMemorySubject();
	const { backend } = subject;
	for (const name of [domain, 'reports']) await backend.domains.create(name);
	const events: TelemetryEvent[] = [];
	const telemetry = { emit: (event: TelemetryEvent) => void events.push(event) };
	return { subject, backend, events, queue: createTroubleshootingQueue(backend, { telemetry, ...options }) };
}

/** Another operator's view on the same store. */
export function withOptions(
	{ backend }: Scenario,
	options: TroubleshootingQueueOptions,
): TroubleshootingQueue<MemoryTransaction> {
	return createTroubleshootingQueue(backend, options);
}

export const accountClosed: ErrorRecord = {
	type: 'PERMANENT',
	code: 'ACCOUNT_CLOSED',
	message: 'Account 17 is closed.',
	details: { account: 17 },
};

/** Sends a command. */
export async function send({ backend }: Scenario, overrides: Partial<NewCommand> = {}): Promise<NewCommand> {
	const command: NewCommand = {
		domain,
		commandId: newId(),
		commandType: 'Charge',
		data: { amount: 4200, card: { number: '4111' } },
		correlationId: newId(),
		replyTo: domainQueues(overrides.domain ?? domain).replies,
		...overrides,
	};
	expect(await backend.commands.accept([command])).toEqual([{ kind: 'accepted' }]);
	return command;
}

/** Receives the only command that is due in a domain. */
export async function receive({ backend }: Scenario, from = domain): Promise<ReceivedCommand> {
	const { commands } = await backend.commands.receive({
		domain: from,
		workerId: 'worker-1',
		limit: 10,
		leaseSeconds: 30,
		maxAttemptsByType: {},
		defaultMaxAttempts: 3,
		exhausted: { error: exhaustedByRedelivery, fingerprint: errorFingerprint(exhaustedByRedelivery) },
	});
	const [received] = commands;
	expect(commands).toHaveLength(1);
	return received ?? expect.fail('nothing was due');
}

type WithoutLease<Kind> = Kind extends Settlement ? Omit<Kind, 'lease'> : never;

export async function settle(
	{ backend }: Scenario,
	{ domain: of, lease }: ReceivedCommand,
	outcome: WithoutLease<Settlement>,
): Promise<void> {
	expect(await backend.commands.settle(of, [{ ...outcome, lease }])).toEqual([{ kind: 'settled' }]);
}

/** Receives the only command that is due and parks it. */
export async function parkDue(scenario: Scenario, from = domain, error = accountClosed): Promise<void> {
	const received = await receive(scenario, from);
	await settle(scenario, received, {
		kind: 'park',
		error,
		fingerprint: errorFingerprint(error),
		reason: 'PERMANENT',
		maxAttempts: 3,
	});
}

/** Sends a command and parks it. */
export async function park(
	scenario: Scenario,
	overrides: Partial<NewCommand> = {},
	error: ErrorRecord = accountClosed,
): Promise<NewCommand> {
	const command = await send(scenario, overrides);
	await parkDue(scenario, command.domain, error);
	return command;
}

/** Parks `count` commands, one millisecond apart, oldest first. */
export async function parkMany(
	scenario: Scenario,
	count: number,
	overrides: Partial<NewCommand> = {},
): Promise<readonly NewCommand[]> {
	const parked: NewCommand[] = [];
	for (let index = 0; index < count; index++) {
		parked.push(await park(scenario, overrides));
		await scenario.subject.elapse(1);
	}
	return parked;
}

/** The address alone: requests refuse fields they do not know. */
export function addressOf({ domain: of, commandId }: CommandAddress): CommandAddress {
	return { domain: of, commandId };
}

export async function recordOf({ backend }: Scenario, address: CommandAddress): Promise<CommandRecord> {
	const [record] = await backend.queries.getMany([{ domain: address.domain, commandId: address.commandId }]);
	return record ?? expect.fail('the command does not exist');
}

export async function statusOf(scenario: Scenario, address: CommandAddress): Promise<string> {
	return (await recordOf(scenario, address)).status;
}

export async function eventsOf({ backend }: Scenario, address: CommandAddress): Promise<readonly AuditEvent[]> {
	return backend.queries.history({ domain: address.domain, commandId: address.commandId });
}

/** The last audit line of a command. */
export async function lastEventOf(scenario: Scenario, address: CommandAddress): Promise<AuditEvent> {
	return (await eventsOf(scenario, address)).at(-1) ?? expect.fail('there is no history');
}

/** The replies that lie on a queue. */
export async function repliesOn({ subject }: Scenario, queue = replyQueue): Promise<readonly ReplyMessage[]> {
	return (await subject.messages(queue)).map(({ body }) => ReplyMessageSchema.parse(body));
}

/** How many messages wait in a domain's command queue. */
export async function queuedIn({ subject }: Scenario, of = domain): Promise<number> {
	return (await subject.messages(domainQueues(of).commands)).length;
}

/** Removes the archived message of a parked command, as a purge by hand would. */
export async function dropPayload(scenario: Scenario, address: CommandAddress): Promise<void> {
	const { messageId } = await recordOf(scenario, address);
	await scenario.subject.dropArchived(domainQueues(address.domain).commands, messageId);
}

/** Everything that an act could change. */
export async function everything(scenario: Scenario): Promise<unknown> {
	const { backend, subject } = scenario;
	const { items } = await backend.queries.list({}, { limit: 1_000 });
	const queues = [domain, 'reports'].flatMap((name) => {
		const { commands, replies, processReplies } = domainQueues(name);
		return [commands, replies, processReplies];
	});
	const all = {
		items,
		histories: await Promise.all(items.map((item) => backend.queries.history(item))),
		messages: await Promise.all(queues.map(async (queue) => subject.messages(queue))),
		archived: await Promise.all(queues.map(async (queue) => subject.archived(queue))),
		bulks: await backend.troubleshooting.listBulks({ limit: 1_000 }),
	};
	return structuredClone(all);
}

/** Expects that `attempt` is refused with an error of this code, and that nothing at all has changed. */
export async function expectRefused(
	scenario: Scenario,
	code: string,
	attempt: () => Promise<unknown>,
): Promise<unknown> {
	const before = await everything(scenario);
	const error: unknown = await attempt().then(
		() => expect.fail(`expected ${code}, but it went through`),
		(thrown: unknown) => thrown,
	);
	expect(error).toMatchObject({ code });
	expect(await everything(scenario)).toEqual(before);
	return error;
}

/** Matches a text that contains another, or fits a pattern. */
export function textLike(part: string | RegExp): unknown {
	return typeof part === 'string' ? expect.stringContaining(part) : expect.stringMatching(part);
}
