/** Moves of sets, as statements on one connection, on the tables of `large-tables.ts`. */
import { randomUUID } from 'node:crypto';
import { errorFingerprint } from '@cb/core';
import type { CommandAddress, NewCommand, NewProcess, OperatorRequest, ProcessAdvance, Settlement } from '@cb/core';
import { expect } from 'vitest';
import type { Queryable } from '../src/index.ts';
import { ReadPosition } from '../src/read-position.ts';
import { acceptCommands, acceptAllCommands } from '../src/statements/accept-commands.ts';
import { finishBatches } from '../src/statements/batches.ts';
import { freezeBulk, readBulk, startBulk, workBulk } from '../src/statements/bulks.ts';
import { cancelCommand } from '../src/statements/cancel-command.ts';
import { extendLeases, releaseLeases } from '../src/statements/leases.ts';
import { pruneChunk } from '../src/statements/maintenance.ts';
import { advanceProcesses, startProcesses } from '../src/statements/processes.ts';
import type { AdvanceRow } from '../src/statements/processes.ts';
import { receiveCommands } from '../src/statements/receive-commands.ts';
import { acknowledgeReplies, receiveReplies } from '../src/statements/replies.ts';
import { settleCommands } from '../src/statements/settle-commands.ts';
import { actOnParkedCommand } from '../src/statements/troubleshooting.ts';
import { batchId, domain, replyTo } from './large-tables.ts';
import { aCommand, aReceive, permanentError } from './moves.ts';

/** How many commands a move has at hand. */
export const set = 100;

const nobody = (): CommandAddress => ({ domain, commandId: randomUUID() });

/** What the moves and lists are about; nothing that exists until the tables are filled. */
export const sample: {
	parked: readonly CommandAddress[];
	finished: readonly CommandAddress[];
	processIds: readonly string[];
	bulkId: string;
} = {
	parked: [nobody()],
	finished: [nobody()],
	processIds: [randomUUID()],
	bulkId: '',
};

export function commands(count: number): readonly NewCommand[] {
	return Array.from({ length: count }, () => aCommand(domain));
}

const settlementBy = {
	complete: { kind: 'complete', result: null },
	'retry-later': { kind: 'retry-later', error: permanentError, delaySeconds: 10 },
	fail: { kind: 'fail', error: permanentError },
	park: {
		kind: 'park',
		error: permanentError,
		fingerprint: errorFingerprint(permanentError),
		reason: 'PERMANENT',
		maxAttempts: 3,
	},
} as const;

/** After a read from the beginning that was slow. */
export function farPosition(): ReadPosition {
	const position = new ReadPosition();
	const now = performance.now();
	position.ended(position.next(now - 10_000), {
		count: set,
		limit: set,
		readOnFrom: '2020-01-01 00:00:00+00',
		endedAt: now,
	});
	return position;
}

let lastMessageId = 0;

export function leaseOfNobody(): Settlement['lease'] {
	lastMessageId += 1;
	return { commandId: randomUUID(), messageId: String(lastMessageId), attempt: 1 };
}

export async function leases(db: Queryable): Promise<readonly Settlement['lease'][]> {
	const rows = await receiveCommands(db, aReceive(domain, set), new ReadPosition());
	return rows.map(({ command_id, msg_id, attempt }) => ({ commandId: command_id, messageId: msg_id, attempt }));
}

export function settle(kind: keyof typeof settlementBy): (db: Queryable) => Promise<unknown> {
	return async (db) =>
		settleCommands(
			db,
			domain,
			(await leases(db)).map((lease): Settlement => ({ ...settlementBy[kind], lease })),
		);
}

export async function settleInEveryWay(db: Queryable, held: readonly Settlement['lease'][]): Promise<void> {
	const outcomes = Object.values(settlementBy);
	const settlements = held.map((lease, index) => ({ ...outcomes[index % outcomes.length], lease }) as Settlement);
	await settleCommands(db, domain, settlements);
}

export function act(request: Partial<OperatorRequest>): (db: Queryable) => Promise<unknown> {
	return async (db) => {
		for (const address of sample.parked.slice(0, 5)) {
			await actOnParkedCommand(db, { ...address, operator: { id: 'ada' }, ...request } as OperatorRequest);
		}
	};
}

/** A bulk of all that is parked in the domain now, not started yet. */
export async function freeze(db: Queryable): Promise<string> {
	const bulkId = randomUUID();
	const action = { action: 'cancel', reason: 'no' } as const;
	await freezeBulk(db, { bulkId, operator: { id: 'ada' }, action, filter: { domain } });
	return bulkId;
}

/** The first five of a bulk. */
export async function workOn(db: Queryable, bulkId: string): Promise<void> {
	const { digest = expect.fail() } = (await readBulk(db, bulkId)) ?? {};
	expect(await startBulk(db, bulkId, digest)).toBe(true);
	expect(await workBulk(db, 5, bulkId)).toBeDefined();
}

const stepOf = (step: string) => ({ step, kind: 'forward', command: commands(1)[0] ?? expect.fail() }) as const;

export function aProcess(ids: Pick<NewProcess, 'processId' | 'businessKey'>): NewProcess {
	return { ...ids, processType: 'Statement', domain, state: {}, first: stepOf('ONE') };
}

/** Each takes an answer, stores its step as answered and sends the next. */
export async function advance(db: Queryable, processIds: readonly string[]): Promise<readonly AdvanceRow[]> {
	const answers = await receiveReplies(db, replyTo, { limit: processIds.length, leaseSeconds: 60 });
	const advances = processIds.map((processId, index): ProcessAdvance => ({
		processId,
		expectedVersion: 1,
		status: 'WAITING_FOR_REPLY',
		state: {},
		currentStep: 'TWO',
		compensationPlan: null,
		compensationErrors: 0,
		error: null,
		stepUpdates: [{ position: 1, status: 'SUCCEEDED', generation: 1 }],
		send: [stepOf('TWO')],
		events: [{ type: 'STEP_SENT', step: 'TWO' }],
		acknowledge: answers[index]?.lease,
	}));
	return advanceProcesses(db, advances);
}

/** What is sent before there is anything, or next to nothing: it makes plans for tables that vacuum has left without a single page, or that have one. */
export async function workOnNothing(
	db: Queryable,
	reads: readonly ((db: Queryable) => Promise<unknown>)[],
): Promise<void> {
	const [command = expect.fail()] = commands(1);
	// As often as it takes until plans are kept.
	for (let round = 0; round < 8; round++) {
		await receiveCommands(db, aReceive(domain, set), new ReadPosition());
		await settleInEveryWay(db, Array.from({ length: 4 }, leaseOfNobody));
		// Sets of successes have a statement of their own.
		await settleCommands(db, domain, [{ ...settlementBy.complete, lease: leaseOfNobody() }]);
		await extendLeases(db, domain, { leases: [leaseOfNobody()], leaseSeconds: 60 });
		await releaseLeases(db, domain, { leases: [leaseOfNobody()], delaySeconds: undefined });
		await receiveReplies(db, replyTo, { limit: set, leaseSeconds: 60 });
		await acknowledgeReplies(db, replyTo, [{ queue: replyTo, messageId: '1', attempt: 1 }]);
		await cancelCommand(db, command, undefined);
		for (const action of ['retry', 'cancel', 'complete'] as const) {
			await actOnParkedCommand(db, {
				...command,
				operator: { id: 'ada' },
				action,
				reason: 'no',
				result: 1,
			});
		}
		for (const read of reads) await read(db);
		await finishBatches(db, [{ domain, batchId }]);
		await pruneChunk(db, { kind: 'commands', olderThanSeconds: 1, limit: set });
	}
	await advance(db, [randomUUID()]);
	// These write, so that from here on the tables have pages again.
	await acceptCommands(db, [command]);
	await acceptAllCommands(db, commands(1), []);
	const process = aProcess({ processId: randomUUID() });
	await startProcesses(db, [process]);
	await startProcesses(db, [process]);
	for (let round = 0; round < 8; round++) {
		await acceptCommands(db, commands(1));
		await settle('park')(db);
		await workOn(db, await freeze(db));
	}
}
