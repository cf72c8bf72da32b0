/**
 * What every move and list reads stays what it needs, whatever lies in the tables and whatever the statistics say: an index lookup per command
 * at hand, and no scan of commands, audit, archive or queue. The tables of a queue go from empty to a million rows within seconds, so the plans
 * must not depend on statistics.
 */
import { randomUUID } from 'node:crypto';
import type { CommandAddress, NewCommand } from '@cb/core';
import type { Client } from 'pg';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Queryable } from '../src/index.ts';
import { ReadPosition } from '../src/read-position.ts';
import { acceptAllCommands, acceptCommands } from '../src/statements/accept-commands.ts';
import { finishBatches, listMembers } from '../src/statements/batches.ts';
import { cancelCommand } from '../src/statements/cancel-command.ts';
import { extendLeases, isLeaseHeld, releaseLeases } from '../src/statements/leases.ts';
import { listCommands } from '../src/statements/list-commands.ts';
import { pruneChunk } from '../src/statements/maintenance.ts';
import {
	findProcessOfCommand,
	readProcesses,
	readProcessHistory,
	readSteps,
	startProcesses,
} from '../src/statements/processes.ts';
import { readCommands } from '../src/statements/read-commands.ts';
import { readHistory } from '../src/statements/read-history.ts';
import { receiveCommands } from '../src/statements/receive-commands.ts';
import { acknowledgeReplies, receiveReplies } from '../src/statements/replies.ts';
import { listGenerations, listItems, readItem } from '../src/statements/troubleshooting.ts';
import {
	backlogCount,
	batchId,
	domain,
	fill,
	finishedCount,
	growingTables,
	parkedCount,
	replyTo,
	stopAutovacuum,
} from './large-tables.ts';
import { aReceive } from './moves.ts';
import {
	aProcess,
	act,
	advance,
	commands,
	farPosition,
	freeze,
	leaseOfNobody,
	leases,
	sample,
	set,
	settle,
	settleInEveryWay,
	workOn,
	workOnNothing,
} from './set-moves.ts';
import { plannedNodes, plansOf, readsOf } from './table-reads.ts';
import type { Reads } from './table-reads.ts';
import { openTestDatabase } from './test-database.ts';

const database = await openTestDatabase();

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
	['receiving 100 with a large backlog', (db) => receiveCommands(db, aReceive(domain, set), new ReadPosition())],
	['receiving 100 from where the last read ended', (db) => receiveCommands(db, aReceive(domain, set), farPosition())],
	['receiving and completing 100', settle('complete')],
	['receiving and delaying 100', settle('retry-later')],
	['receiving and failing 100', settle('fail')],
	['receiving and parking 100', settle('park')],
	['receiving and settling 100 in every way', async (db) => settleInEveryWay(db, await leases(db))],
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
	['five of a bulk', (db) => workOn(db, sample.bulkId)],
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
	[
		'starting 100 processes',
		(db) =>
			startProcesses(
				db,
				Array.from({ length: set }, () => aProcess({ processId: randomUUID() })),
			),
	],
	[
		'starting 100 processes that exist',
		(db) =>
			startProcesses(
				db,
				sample.processIds.map((processId, index) =>
					aProcess(index % 2 === 0 ? { processId } : { processId: randomUUID(), businessKey: processId }),
				),
			),
	],
	[
		'advancing 100 processes',
		async (db) => {
			const outcomes = await advance(db, sample.processIds);
			expect(new Set(outcomes.map(({ outcome }) => outcome))).toEqual(new Set(['advanced']));
		},
	],
	['finishing the batch of what was completed', (db) => finishBatches(db, [{ domain, batchId }])],
	['removing 100 that ended', (db) => pruneChunk(db, { kind: 'commands', olderThanSeconds: 1, limit: set })],
];

const reads: readonly Move[] = [
	['looking up 100', (db) => readCommands(db, sample.finished)],
	['whether a lease is held', (db) => isLeaseHeld(db, domain, leaseOfNobody())],
	['the history of one', (db) => readHistory(db, first(sample.finished))],
	['one parked command', (db) => readItem(db, first(sample.parked))],
	['the generations of one', (db) => listGenerations(db, first(sample.parked))],
	['100 processes', (db) => readProcesses(db, sample.processIds)],
	['the steps of 100 processes', (db) => readSteps(db, sample.processIds)],
	['the process of a command', (db) => findProcessOfCommand(db, domain, randomUUID())],
	['the history of a process', (db) => readProcessHistory(db, first(sample.processIds))],
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
	['the first page of the members of a batch', (db) => listMembers(db, { domain, batchId }, firstPage)],
];

function expectLookupsOnly(reads: Reads, mostRows: number, mostScans = 0): void {
	for (const table of growingTables) {
		const { sequentialScans = 0, indexRows = 0 } = reads.get(table) ?? {};
		expect(sequentialScans, `scans of ${table}`).toBeLessThanOrEqual(mostScans);
		expect.soft(indexRows, `rows of ${table}`).toBeLessThanOrEqual(mostRows);
	}
}

function first<Item>(items: readonly Item[]): Item {
	return items[0] ?? expect.fail();
}

async function addresses(status: string): Promise<readonly CommandAddress[]> {
	const rows = await database.query(
		`select domain, command_id as "commandId" from cb.command where status = $1 limit ${set}`,
		[status],
	);
	return rows as unknown as readonly CommandAddress[];
}

const sessions: Record<'old' | 'vacuumed' | 'fresh', Client | undefined> = {
	old: undefined,
	vacuumed: undefined,
	fresh: undefined,
};

beforeAll(async () => {
	for (const name of [domain, 'reports', 'shipping', 'billing'])
		await database.query('select cb.create_domain($1)', [name]);
	await stopAutovacuum(database);
	const old = await database.connect();
	await database.query('analyze');
	// Often enough for plans to be kept: those of empty tables.
	for (let round = 0; round < 8; round++) {
		for (const [, work] of [...moves.slice(0, 10), ...reads, ...lists]) await readsOf(old, work);
	}
	await database.query('vacuum');
	const vacuumed = await database.connect();
	await readsOf(vacuumed, (db) =>
		workOnNothing(
			db,
			[...reads, ...lists].map(([, read]) => read),
		),
	);
	await fill(database);
	sample.parked = await addresses('IN_TROUBLESHOOTING_QUEUE');
	sample.finished = await addresses('COMPLETED');
	sample.processIds = (await database.query(`select process_id from cb.process limit ${set}`)).map(
		({ process_id: id }) => String(id),
	);
	sample.bulkId = await freeze(await database.connect());
	sessions.old = old;
	sessions.vacuumed = vacuumed;
	sessions.fresh = await database.connect();
});

function session(name: keyof typeof sessions): Client {
	return sessions[name] ?? expect.fail('no such session');
}

describe.each([
	['statistics of empty tables, in a session with plans from then', 'old'],
	['plans from when the tables had just been vacuumed and had no page', 'vacuumed'],
	['statistics of empty tables, in a new session', 'fresh'],
	['fresh statistics, in a new session', 'fresh'],
	['fresh statistics, in the old session', 'old'],
] as const)('%s', (situation, name) => {
	beforeAll(async () => {
		if (situation.startsWith('fresh')) await database.query('analyze');
	});
	const client = (): Client => session(name);

	it.each([...moves, ...reads])('%s: index lookups only', async (_, work) => {
		expectLookupsOnly(await readsOf(client(), work), 12 * set);
	});

	it.each(lists)('I14 %s: no scan, and with statistics no more rows than are shown', async (_, work) => {
		const mostRows = situation.startsWith('fresh')
			? 12 * set
			: parkedCount + (finishedCount + parkedCount + backlogCount) / 10;
		expectLookupsOnly(await readsOf(client(), work), mostRows);
		const nodes = await plansOf(client(), work);
		const tables = growingTables.map((table) => table.split('.')[1]);
		expect(nodes.filter((node) => tables.some((table) => node === `Seq Scan on ${String(table)}`))).toEqual([]);
	});

	it('a bulk of all that is parked: no table is scanned more than once', async () => {
		expectLookupsOnly(await readsOf(client(), freeze), 4 * parkedCount, 1);
	});

	it('a connection keeps nothing planned that reads a table', async () => {
		const { rows } = await client().query<{ statement: string }>('select statement from pg_prepared_statements');
		for (const { statement } of rows)
			expect(await plannedNodes(client(), statement)).not.toContainEqual(expect.stringContaining(' on '));
		expect(rows.length).toBeGreaterThan(5);
	});
});
