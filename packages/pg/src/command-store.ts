/** The moves of a command: one SQL function each, one round trip, and the wake-up of whoever waits after the commit. */
import { DomainNotFoundError, LeaseLostError, ReplyQueueNotFoundError } from '@cb/core';
import type {
	AcceptOutcome,
	CancelOutcome,
	CommandAddress,
	CommandStore,
	JsonValue,
	Lease,
	NewCommand,
	ReceiveRequest,
	ReceiveResult,
	Settlement,
} from '@cb/core';
import { acceptOutcomes, topicsOf } from './accept.ts';
import type { Database } from './database.ts';
import { replyTopic } from './notifier.ts';
import type { Notifier } from './notifier.ts';
import type { Queryable } from './queryable.ts';
import { ReadPosition } from './read-position.ts';
import { receivedCommandOf } from './rows/command-row.ts';
import type { ReceivedRow } from './rows/command-row.ts';
import type { Accepted } from './rows/refusal-row.ts';
import { isMissingQueue } from './sqlstate.ts';
import { acceptAllCommands, acceptCommands } from './statements/accept-commands.ts';
import { cancelCommand } from './statements/cancel-command.ts';
import { extendLeases, isLeaseHeld, rejectMessages, releaseLeases } from './statements/leases.ts';
import { receiveCommands } from './statements/receive-commands.ts';
import { settleCommands, settleUncheckedCommands } from './statements/settle-commands.ts';
import { settleOutcomesOf } from './rows/settled-row.ts';
import type { Settled } from './rows/settled-row.ts';

interface Stores {
	readonly database: Database;
	readonly notifier: Notifier;
}

type Accept = (db: Queryable, commands: readonly NewCommand[]) => Promise<Accepted>;

export function createCommandStore({ database, notifier }: Stores): CommandStore<Queryable> {
	async function acceptWith(
		accept: Accept,
		commands: readonly NewCommand[],
		tx: Queryable | undefined,
	): Promise<readonly AcceptOutcome[]> {
		if (commands.length === 0) return [];
		const topics = topicsOf(commands);
		if (tx !== undefined) {
			const joined = database.join(tx);
			const { refusals, transactionId } = await accept(joined, commands);
			notifier.notifyAfterCommit(transactionId, topics);
			return acceptOutcomes(joined, commands, refusals);
		}
		return database.runRepeatable(async (db, isRepeat) => {
			const { refusals } = await notifier.notifyWith(db, topics, () => accept(db, commands));
			return ownDuplicatesAccepted(await acceptOutcomes(db, commands, refusals), commands, isRepeat);
		});
	}

	const positions = new Map<string, ReadPosition>();
	const positionOf = (domain: string): ReadPosition => {
		const position = positions.get(domain) ?? new ReadPosition();
		positions.set(domain, position);
		return position;
	};

	return {
		accept: (commands, tx) => acceptWith(acceptCommands, commands, tx),
		acceptAll: (commands, tx) => acceptWith(acceptAll, commands, tx),
		receive: (request) => receive({ database, notifier, position: positionOf(request.domain) }, request),
		async settle(domain, settlements) {
			if (settlements.length === 0) return [];
			const done = await settle(database, domain, settlements);
			notifier.notify(done.answeredQueues.map(replyTopic));
			return settleOutcomesOf(done, settlements.length);
		},
		completeInTransaction: (address, work) => completeInTransaction({ database, notifier }, address, work),
		async extend(domain, leases, leaseSeconds) {
			if (leases.length === 0) return [];
			const held = await database.run((db) => extendLeases(db, domain, { leases, leaseSeconds }));
			return leases.filter(({ messageId }) => !held.has(messageId));
		},
		async release(domain, leases, delaySeconds) {
			if (leases.length > 0) await database.run((db) => releaseLeases(db, domain, { leases, delaySeconds }));
		},
		async cancel(address, reason, tx) {
			if (tx !== undefined) return (await cancel(database.join(tx), address, reason)).outcome;
			const { outcome, answerQueue } = await database.transaction((db) => cancel(db, address, reason));
			if (answerQueue !== null) notifier.notify([replyTopic(answerQueue)]);
			return outcome;
		},
	};
}

function acceptAll(db: Queryable, commands: readonly NewCommand[]): Promise<Accepted> {
	const allowedDuplicates = commands.flatMap(({ onDuplicate }, position) =>
		onDuplicate === 'return-existing' ? [position] : [],
	);
	return acceptAllCommands(db, commands, allowedDuplicates);
}

/**
 * A connection that broke during a send leaves it open whether the send was stored, so the repeat may meet itself. A duplicate that carries our
 * own correlation id is this very command, stored by the first try.
 */
function ownDuplicatesAccepted(
	outcomes: readonly AcceptOutcome[],
	commands: readonly NewCommand[],
	isRepeat: boolean,
): readonly AcceptOutcome[] {
	if (!isRepeat) return outcomes;
	const isOurs = (outcome: AcceptOutcome, position: number): boolean =>
		outcome.kind === 'duplicate' && outcome.existing.correlationId === commands[position]?.correlationId;
	const areAllOurs = outcomes.every((outcome, position) => outcome.kind === 'not-stored' || isOurs(outcome, position));
	return outcomes.map((outcome, position) =>
		isOurs(outcome, position) || (areAllOurs && outcome.kind === 'not-stored') ? { kind: 'accepted' } : outcome,
	);
}

async function receive(
	{ database, notifier, position }: Stores & { readonly position: ReadPosition },
	request: ReceiveRequest,
): Promise<ReceiveResult> {
	const { domain } = request;
	const rows = await database
		.run((db) => receiveCommands(db, request, position))
		.catch((error: unknown) => {
			throw isMissingQueue(error) ? new DomainNotFoundError(domain, { cause: error }) : error;
		});
	const rejected = rows.filter(({ disposition }) => disposition === 'reject');
	const exhausted = rows.filter(({ disposition }) => disposition === 'exhausted');
	if (rejected.length > 0) {
		const messages = rejected.map((row) => ({ messageId: row.msg_id, attempt: row.attempt }));
		await database.run((db) => rejectMessages(db, domain, messages));
	}
	if (exhausted.length > 0) {
		const parking = exhausted.map((row) => parkedAtReceive(request, row));
		const { answeredQueues } = await settle(database, domain, parking);
		notifier.notify(answeredQueues.map(replyTopic));
	}
	return {
		commands: rows.filter(({ disposition }) => disposition === 'deliver').map((row) => receivedCommandOf(domain, row)),
		parked: exhausted.map((row) => ({
			domain,
			commandId: row.command_id,
			commandType: row.command_type,
			correlationId: row.correlation_id,
			attempt: row.attempt - 1,
		})),
		rejected: rejected.map((row) => ({ messageId: row.msg_id, reason: row.reason ?? 'malformed' })),
	};
}

/** In the hope that every reply queue is there; where one is gone nothing is settled, and only then it is worth while to ask which. */
function settle(database: Database, domain: string, settlements: readonly Settlement[]): Promise<Settled> {
	return database
		.run((db) => settleUncheckedCommands(db, domain, settlements))
		.catch((error: unknown) => {
			if (!isMissingQueue(error)) throw error;
			return database.run((db) => settleCommands(db, domain, settlements));
		});
}

function parkedAtReceive(request: ReceiveRequest, row: ReceivedRow): Settlement {
	return {
		kind: 'park',
		lease: { commandId: row.command_id, messageId: row.msg_id, attempt: row.attempt },
		reason: 'EXHAUSTED_BY_REDELIVERY',
		...request.exhausted,
		maxAttempts: row.max_attempts ?? request.maxAttemptsByType[row.command_type] ?? request.defaultMaxAttempts,
	};
}

async function completeInTransaction<Result extends JsonValue>(
	{ database, notifier }: Stores,
	{ domain, commandId, lease }: CommandAddress & { readonly lease: Lease },
	work: (tx: Queryable) => Promise<Result>,
): Promise<Result> {
	const { result, answeredQueues } = await database.handlerTransaction(async (tx, ours) => {
		if (!(await isLeaseHeld(ours, domain, lease))) throw new LeaseLostError(domain, commandId, lease.attempt);
		const returned = await work(tx);
		// Last of all, so that the row locks of the settling are held as shortly as can be; it decides whether any of this holds.
		const done = await settleCommands(ours, domain, [{ kind: 'complete', lease, result: returned }]);
		const [outcome] = settleOutcomesOf(done, 1);
		if (outcome?.kind === 'reply-queue-not-found') {
			throw new ReplyQueueNotFoundError(outcome.replyTo, `Completing command ${commandId}`);
		}
		if (outcome?.kind !== 'settled') throw new LeaseLostError(domain, commandId, lease.attempt);
		return { result: returned, answeredQueues: done.answeredQueues };
	});
	notifier.notify(answeredQueues.map(replyTopic));
	return result;
}

async function cancel(
	db: Queryable,
	address: CommandAddress,
	reason: string | undefined,
): Promise<{ readonly outcome: CancelOutcome; readonly answerQueue: string | null }> {
	const { outcome, answer_queue: answerQueue } = await cancelCommand(db, address, reason);
	if (outcome === 'canceled') return { outcome: { kind: outcome }, answerQueue };
	if (outcome === 'reply-queue-not-found') {
		return { outcome: { kind: outcome, replyTo: answerQueue ?? '' }, answerQueue: null };
	}
	if (outcome === 'not-found') return { outcome: { kind: outcome }, answerQueue: null };
	return { outcome: { kind: 'not-pending', status: outcome }, answerQueue: null };
}
