/**
 * The Troubleshooting Queue beside a long history: 1,000,000 terminal and 100,000 parked commands in the tables, then the first page, page
 * 500 by cursor, count and groups; and what an operator's act costs compared with a send.
 */
import { createCommandBus } from '@cb/core';
import type { CommandAddress, OperatorRequest, Page, TroubleshootingItem } from '@cb/core';
import { createPgBackend } from '@cb/pg';
import { Pool } from 'pg';
import type { BenchContext } from '../context.ts';
import { limitBar, median, ratioLimit, timed } from '../measure.ts';
import type { Bar, Figure, SuiteResult } from '../measure.ts';
import { Noop } from '../noop-command.ts';
import { fillHistory } from './history.ts';

type Backend = ReturnType<typeof createPgBackend>;

const pageSize = 100;

export async function tsq({ freshDatabase, rounds, isQuick, progress }: BenchContext): Promise<SuiteResult> {
	const terminalCount = isQuick ? 5_000 : 1_000_000;
	const parkedCount = isQuick ? 1_000 : 100_000;
	const farPage = isQuick ? 5 : 500;
	const acts = isQuick ? 20 : 300;
	const database = await freshDatabase();
	const pool = new Pool({ connectionString: database.url, max: 2 });
	const backend = createPgBackend({ connection: database.url });
	try {
		await backend.domains.create('bench');
		progress(`filling in ${terminalCount + parkedCount} commands`);
		await fill(pool, { terminalCount, parkedCount });
		progress('reading');
		const reads = await measureReads(backend, { rounds: rounds * 7, farPage });
		progress('acting');
		const { figures: actFigures, bars } = await measureActs(backend, acts);
		return {
			settings: { terminalCount, parkedCount, farPage, acts, pageSize },
			figures: [...reads, ...actFigures],
			bars: [...reads.map((figure) => limitBar(figure.name, figure, 50)), ...bars],
		};
	} finally {
		await backend.close();
		await pool.end();
		await database.drop();
	}
}

/** Rows as a year of running would leave them; written in sets, because sending and settling them one by one is another suite. */
async function fill(
	pool: Pool,
	counts: { readonly terminalCount: number; readonly parkedCount: number },
): Promise<void> {
	const { terminalCount, parkedCount } = counts;
	await fillHistory(pool, { count: terminalCount, firstDaysAgo: 1 });
	await pool.query(
		`with numbered as materialized (
			select n + $1::integer as msg_id, n, cb.new_id() as id, clock_timestamp() - make_interval(secs => ($2::integer - n) * 0.1) as at,
				(array['CARD_EXPIRED', 'ACCOUNT_CLOSED', 'LIMIT_EXCEEDED', 'GATEWAY_DOWN'])[1 + n % 4] as code, 'fingerprint-' || n % 25 as fingerprint
			from generate_series(1, $2::integer) n
		),
		commands as (
			insert into cb.command (command_id, correlation_id, msg_id, created_at, updated_at, version, attempts, max_attempts, domain, command_type, status,
				last_error_type, last_error_code, last_error_message)
			select id, id, msg_id, at, at, 2, 1, 3, 'bench', 'Noop', 'IN_TROUBLESHOOTING_QUEUE', 'PERMANENT', code, 'Account ' || n || ' refused'
			from numbered
		),
		parked as (
			insert into cb.parked_command (command_id, correlation_id, parked_at, created_at, domain, command_type, error_code, error_message, fingerprint)
			select id, id, at, at, 'bench', 'Noop', code, 'Account ' || n || ' refused', fingerprint from numbered
		)
		insert into pgmq.a_bench__commands (msg_id, read_ct, vt, message)
		select msg_id, 1, at, jsonb_build_object('command_id', id, 'command_type', 'Noop', 'domain', 'bench', 'correlation_id', id, 'created_at', at,
			'data', jsonb_build_object('number', n))
		from numbered`,
		[terminalCount, parkedCount],
	);
	await pool.query(`select setval('pgmq.q_bench__commands_msg_id_seq', $1::bigint)`, [terminalCount + parkedCount]);
	await pool.query('vacuum analyze');
}

async function measureReads(
	backend: Backend,
	{ rounds, farPage }: { readonly rounds: number; readonly farPage: number },
): Promise<readonly Figure[]> {
	const store = backend.troubleshooting;
	const page = (cursor?: string): Promise<Page<TroubleshootingItem>> =>
		store.list({ domain: 'bench' }, { limit: pageSize, cursor });
	let farCursor: string | undefined;
	for (let number = 1; number < farPage; number++) farCursor = (await page(farCursor)).nextCursor;
	return [
		await figureOf('first page of parked commands', rounds, () => page()),
		await figureOf(`page ${farPage} by cursor`, rounds, () => page(farCursor)),
		await figureOf('count of parked commands', rounds, () => store.count({ domain: 'bench' })),
		await figureOf('groups by fingerprint', rounds, () => store.groups({})),
	];
}

/** Sends and acts take turns, one at a time, so that each act has a send of the same moment beside it. */
async function measureActs(
	backend: Backend,
	count: number,
): Promise<{ readonly figures: readonly Figure[]; readonly bars: readonly Bar[] }> {
	const bus = createCommandBus(backend);
	const times = { send: [] as number[], retry: [] as number[], cancel: [] as number[], complete: [] as number[] };
	const { items } = await backend.troubleshooting.list({}, { limit: Math.min(count * 3, 1_000) });
	for (let index = 0; index + 2 < items.length; index += 3) {
		times.send.push(await timed(() => bus.send(Noop, { number: index })));
		for (const [offset, action] of (['retry', 'cancel', 'complete'] as const).entries()) {
			const item = items[index + offset];
			if (item !== undefined)
				times[action].push(await timed(() => backend.troubleshooting.act(requestOf(action, item))));
		}
	}
	await bus.close();
	const send: Figure = { name: 'send, one caller', unit: 'ms', rounds: roundsOf(times.send) };
	const acted = (['retry', 'cancel', 'complete'] as const).map((action): Figure => ({
		name: action,
		unit: 'ms',
		rounds: roundsOf(times[action]),
	}));
	return {
		figures: [send, ...acted],
		bars: acted.map((figure) => ratioLimit(`${figure.name} / send`, [figure, send], 1.5)),
	};
}

/** The median of each ten in a row: one act alone says more of its moment than of acts. */
function roundsOf(milliseconds: readonly number[]): readonly number[] {
	const rounds: number[] = [];
	for (let first = 0; first < milliseconds.length; first += 10)
		rounds.push(median(milliseconds.slice(first, first + 10)));
	return rounds;
}

function requestOf(action: 'retry' | 'cancel' | 'complete', { domain, commandId }: CommandAddress): OperatorRequest {
	const base = { domain, commandId, operator: { id: 'bench', kind: 'service' as const }, reason: 'measured' };
	return action === 'complete' ? { ...base, action, result: null } : { ...base, action };
}

async function figureOf(name: string, rounds: number, work: () => Promise<unknown>): Promise<Figure> {
	const milliseconds: number[] = [];
	for (let round = 0; round < rounds; round++) milliseconds.push(await timed(work));
	return { name, unit: 'ms', rounds: milliseconds };
}
