/**
 * What every move and list reads stays what it needs, whatever lies in the tables and whatever the statistics say: an index lookup per command
 * at hand, and no scan of commands, audit, archive or queue. The tables of a queue go from empty to a million rows within seconds, so the plans
 * must not depend on statistics.
 */
import { randomUUID } from 'node:crypto';
import { errorFingerprint } from '@cb/core';
import type { CommandAddress, NewCommand, OperatorRequest, Settlement } from '@cb/core';
import type { Client } from 'pg';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Queryable } from '../src/index.ts';
import { acceptCommands, acceptAllCommands } from '../src/statements/accept-commands.ts';
import { listMembers } from '../src/statements/batches.ts';
import { cancelCommand } from '../src/statements/cancel-command.ts';
import { extendLeases, releaseLeases } from '../src/statements/leases.ts';
import { listCommands } from '../src/statements/list-commands.ts';
import { readCommands } from '../src/statements/read-commands.ts';
import { readHistory } from '../src/statements/read-history.ts';
import { ReadPosition } from '../src/read-position.ts';
import { receiveCommands } from '../src/statements/receive-commands.ts';
import { acknowledgeReplies, receiveReplies } from '../src/statements/replies.ts';
import { settleCommands } from '../src/statements/settle-commands.ts';
import { actOnParkedCommand, listGenerations, listItems, readItem } from '../src/statements/troubleshooting.ts';
import { permanentError } from './moves.ts';
import { plansOf, readsOf } from './table-reads.ts';
import type { Reads } from './table-reads.ts';
import { openTestDatabase } from './test-database.ts';

const database = await openTestDatabase();
const domain = 'payments';
const replyTo = `${domain}__replies`;
const finishedCount = 150_000;
const parkedCount = 10_000;
const backlogCount = 40_000;
const set = 100;

/** Filled before any statistics were gathered; then with fresh ones. */
const sample: { parked: readonly CommandAddress[]; finished: readonly CommandAddress[]; batchId: string } = {
	parked: [],
	finished: [],
	batchId: randomUUID(),
};

function aReceive(limit: number) {
	return {
		domain,
		workerId: 'w',
		limit,
		leaseSeconds: 60,
		maxAttemptsByType: { Charge: 5 },
		defaultMaxAttempts: 3,
		exhausted: { error: permanentError, fingerprint: errorFingerprint(permanentError) },
	};
}

function commands(count: number): readonly NewCommand[] {
	return Array.from({ length: count }, () => ({
		domain,
		commandId: randomUUID(),
		commandType: 'Charge',
		data: { cents: 1 },
		correlationId: randomUUID(),
		replyTo,
	}));
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
function farPosition(): ReadPosition {
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

async function leases(db: Queryable): Promise<readonly Settlement['lease'][]> {
	const rows = await receiveCommands(db, aReceive(set), new ReadPosition());
	return rows.map(({ command_id, msg_id, attempt }) => ({ commandId: command_id, messageId: msg_id, attempt }));
}

function settle(kind: keyof typeof settlementBy): (db: Queryable) => Promise<unknown> {
	return async (db) =>
		settleCommands(
			db,
			domain,
			(await leases(db)).map((lease): Settlement => ({ ...settlementBy[kind], lease })),
		);
}

async function settleInEveryWay(db: Queryable): Promise<void> {
	const outcomes = Object.values(settlementBy);
	const settlements = (await leases(db)).map(
		(lease, index) => ({ ...outcomes[index % outcomes.length], lease }) as Settlement,
	);
	await settleCommands(db, domain, settlements);
}

function act(request: Partial<OperatorRequest>): (db: Queryable) => Promise<unknown> {
	return async (db) => {
		for (const address of sample.parked.slice(0, 5)) {
			await actOnParkedCommand(db, { ...address, operator: { id: 'ada' }, ...request } as OperatorRequest);
		}
	};
}

type Move = readonly [name: string, work: (db: Queryable) => Promise<unknown>];

const moves: readonly Move[] = [
	['accepting 100', (db) => acceptCommands(db, commands(set))],
	['accepting 100, all or none', (db) => acceptAllCommands(db, commands(set), [])],
	[
		'refusing 100 duplicates',
		(db) =>
			acceptCommands(
				db,
				sample.finished.map((address) => ({ ...commands(1)[0], ...address }) as NewCommand),
			),
	],
	['receiving 100 with a large backlog', (db) => receiveCommands(db, aReceive(set), new ReadPosition())],
	['receiving 100 from where the last read ended', (db) => receiveCommands(db, aReceive(set), farPosition())],
	['receiving and completing 100', settle('complete')],
	['receiving and delaying 100', settle('retry-later')],
	['receiving and failing 100', settle('fail')],
	['receiving and parking 100', settle('park')],
	['receiving and settling 100 in every way', settleInEveryWay],
	[
		'receiving and renewing 100',
		async (db) => extendLeases(db, domain, { leases: await leases(db), leaseSeconds: 60 }),
	],
	[
		'receiving and giving back 100',
		async (db) => releaseLeases(db, domain, { leases: await leases(db), delaySeconds: undefined }),
	],
	[
		'canceling one',
		async (db) => {
			const [command = expect.fail()] = commands(1);
			await acceptCommands(db, [command]);
			expect(await cancelCommand(db, command, undefined)).toMatchObject({ outcome: 'canceled' });
		},
	],
	['five retries', act({ action: 'retry' })],
	['five cancels', act({ action: 'cancel', reason: 'no' })],
	['five completes', act({ action: 'complete', result: 1 })],
	[
		'receiving and acknowledging 100 replies',
		async (db) => {
			const replies = await receiveReplies(db, replyTo, { limit: set, leaseSeconds: 60 });
			await acknowledgeReplies(
				db,
				replyTo,
				replies.map(({ lease }) => lease),
			);
		},
	],
	['looking up 100', (db) => readCommands(db, sample.finished)],
	['the history of one', (db) => readHistory(db, sample.finished[0] ?? expect.fail())],
	['one parked command', (db) => readItem(db, sample.parked[0] ?? expect.fail())],
	['the generations of one', (db) => listGenerations(db, sample.parked[0] ?? expect.fail())],
];

const firstPage = { limit: 50, offset: 0, after: undefined };

const lists: readonly Move[] = [
	['the first page of parked commands', (db) => listItems(db, {}, firstPage)],
	['the first page of those of a domain', (db) => listItems(db, { domain }, firstPage)],
	[
		'a later page by cursor',
		(db) => listItems(db, { domain }, { ...firstPage, after: [new Date().toISOString(), domain, randomUUID()] }),
	],
	['the first page of commands', (db) => listCommands(db, {}, firstPage)],
	[
		'a later page of commands by cursor',
		(db) => listCommands(db, {}, { ...firstPage, after: [new Date().toISOString(), domain, randomUUID()] }),
	],
	['the first page of the members of a batch', (db) => listMembers(db, { domain, batchId: sample.batchId }, firstPage)],
];

/** Tables that grow with what was ever sent, and the queue that may be as long. */
const guarded = ['cb.command', 'cb.command_audit_entry', `pgmq.a_${domain}__commands`, `pgmq.q_${domain}__commands`];

function expectLookupsOnly(reads: Reads, mostRows: number): void {
	for (const table of [...guarded, 'cb.parked_command']) {
		const { sequentialScans = 0, indexRows = 0 } = reads.get(table) ?? {};
		expect([table, sequentialScans]).toEqual([table, 0]);
		expect.soft(indexRows, `rows of ${table}`).toBeLessThanOrEqual(mostRows);
	}
}

async function fill(): Promise<void> {
	for (const table of [
		'cb.command',
		'cb.command_audit_entry',
		'cb.parked_command',
		`pgmq.q_${domain}__commands`,
		`pgmq.a_${domain}__commands`,
		`pgmq.q_${replyTo}`,
	]) {
		await database.query(`alter table ${table} set (autovacuum_enabled = off)`);
	}
	await database.query(
		`insert into cb.command (command_id, correlation_id, batch_id, msg_id, domain, command_type, status, attempts, reply_to, created_at, last_error_type, last_error_code, last_error_message)
		select gen_random_uuid(), gen_random_uuid(), case when n % 10 = 0 then $2::uuid end, n, $1, 'Charge',
			case when n <= $3 then 'COMPLETED' when n <= $3 + $4 then 'IN_TROUBLESHOOTING_QUEUE' else 'PENDING' end, 1, $1 || '__replies',
			now() - make_interval(secs => $3 + $4 + $5 - n), 'PERMANENT', 'CLOSED', 'Account 17 is closed.'
		from generate_series(1, $3 + $4 + $5) n`.replaceAll(/\$([345])/g, '$$$1::integer'),
		[domain, sample.batchId, finishedCount, parkedCount, backlogCount],
	);
	const message = `jsonb_build_object('command_id', c.command_id, 'domain', c.domain, 'command_type', c.command_type, 'data', '{}'::jsonb)`;
	await database.query(`
		insert into cb.command_audit_entry (command_id, generation, attempt, domain, type)
		select command_id, 1, 0, domain, 'SENT' from cb.command;
		insert into cb.parked_command (command_id, correlation_id, parked_at, created_at, domain, command_type, error_code, error_message, fingerprint)
		select command_id, correlation_id, created_at, created_at, domain, command_type, 'CLOSED', 'closed', 'f' from cb.command where status = 'IN_TROUBLESHOOTING_QUEUE';
		insert into pgmq.a_${domain}__commands (msg_id, vt, message) select c.msg_id, now(), ${message} from cb.command c where c.status <> 'PENDING';
		insert into pgmq.q_${domain}__commands (msg_id, vt, message) overriding system value
		select c.msg_id, now(), ${message} from cb.command c where c.status = 'PENDING';
		insert into pgmq.q_${replyTo} (vt, message) select now(), '{}' from generate_series(1, 5000);
		select setval('pgmq.q_${domain}__commands_msg_id_seq', 1000000)`);
}

async function addresses(status: string): Promise<readonly CommandAddress[]> {
	const rows = await database.query(
		`select domain, command_id as "commandId" from cb.command where status = $1 limit ${set}`,
		[status],
	);
	return rows as unknown as readonly CommandAddress[];
}

const sessions: { old: Client | undefined; fresh: Client | undefined } = { old: undefined, fresh: undefined };

beforeAll(async () => {
	for (const name of [domain, 'reports', 'shipping', 'billing'])
		await database.query('select cb.create_domain($1)', [name]);
	const old = await database.connect();
	await database.query('analyze');
	// Often enough for plans to be kept: those of empty tables.
	for (let round = 0; round < 8; round++) {
		for (const [, work] of [...moves.slice(0, 10), ...lists]) await readsOf(old, work);
	}
	await fill();
	sample.parked = await addresses('IN_TROUBLESHOOTING_QUEUE');
	sample.finished = await addresses('COMPLETED');
	sessions.old = old;
	sessions.fresh = await database.connect();
});

function session(name: keyof typeof sessions): Client {
	return sessions[name] ?? expect.fail('no such session');
}

describe.each([
	['statistics of empty tables, in a session with plans from then', 'old'],
	['statistics of empty tables, in a new session', 'fresh'],
	['fresh statistics, in a new session', 'analyzed'],
	['fresh statistics, in the old session', 'old'],
] as const)('%s', (situation, name) => {
	beforeAll(async () => {
		if (situation.startsWith('fresh')) await database.query('analyze');
	});
	const client = (): Client => session(name === 'old' ? 'old' : 'fresh');

	it.each(moves)('%s: index lookups only', async (_, work) => {
		expectLookupsOnly(await readsOf(client(), work), 12 * set);
	});

	it.each(lists)('I14 %s: no scan, and with statistics no more rows than are shown', async (_, work) => {
		const mostRows = situation.startsWith('fresh')
			? 12 * set
			: parkedCount + (finishedCount + parkedCount + backlogCount) / 10;
		expectLookupsOnly(await readsOf(client(), work), mostRows);
		const nodes = await plansOf(client(), work);
		const tables = [...guarded, 'cb.parked_command'].map((table) => table.split('.')[1]);
		expect(nodes.filter((node) => tables.some((table) => node === `Seq Scan on ${String(table)}`))).toEqual([]);
	});
});
