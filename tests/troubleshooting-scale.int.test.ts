/**
 * The Troubleshooting Queue beside many commands that have ended: what a look costs must not depend on them. The benchmark of the same name
 * measures it beside a million.
 */
import { domainQueues } from '@cb/core';
import { createTroubleshootingQueue } from '@cb/ops';
import { freshDatabase } from '@cb/test-postgres/vitest';
import { beforeAll, expect, it } from 'vitest';
import { openPayments, parkMany } from './src/payments.ts';
import type { Payments } from './src/payments.ts';
import { openScene } from './src/scene.ts';
import { until } from './src/until.ts';

const scene = await openScene(await freshDatabase());
const { query, count } = scene;
const operator = { id: 'ada' };
const endedCount = 100_000;
const parkedCount = 10_000;
let payments: Payments;

beforeAll(async () => {
	payments = await openPayments(scene);
	await parkMany(scene, payments, 50);
	await fill(payments.domain);
});

/** Ended commands, and copies of one that a worker has parked, with their archived messages. */
async function fill(domain: string): Promise<void> {
	const archive = `a_${domainQueues(domain).commands}`;
	await query(
		`insert into cb.command (command_id, correlation_id, msg_id, created_at, domain, command_type, status, attempts, completed_at)
		select md5('e' || n)::uuid, md5('c' || n)::uuid, 10000000 + n, now() - n * interval '1 second', $1::text, 'Debit',
			case n % 10 when 0 then 'FAILED' when 1 then 'CANCELED' else 'COMPLETED' end, 1, now()
		from generate_series(1, ${endedCount}) n`,
		[domain],
	);
	await query(
		`insert into pgmq.${archive} (msg_id, read_ct, enqueued_at, vt, message)
		select 10000000 + n, 1, now(), now(), '{}'::jsonb from generate_series(1, ${endedCount}) n where n % 10 < 2`,
	);
	await query(
		`with sample as (
			select c.*, a.message, p.fingerprint from cb.parked_command p
			join cb.command c on c.domain = p.domain and c.command_id = p.command_id
			join pgmq.${archive} a on a.msg_id = c.msg_id
			where p.domain = $1::text limit 1
		),
		copy as (
			select s.*, md5('p' || n)::uuid as id, 20000000 + n as message_id, now() - n * interval '1 second' as at
			from sample s, generate_series(1, ${parkedCount}) n
		),
		commands as (
			insert into cb.command (command_id, correlation_id, msg_id, created_at, domain, command_type, status, attempts, version,
				last_error_type, last_error_code, last_error_message)
			select id, id, message_id, at, domain, command_type, status, attempts, version, last_error_type, last_error_code, last_error_message
			from copy
		),
		messages as (
			insert into pgmq.${archive} (msg_id, read_ct, enqueued_at, vt, message) select message_id, 1, at, at, message from copy
		)
		insert into cb.parked_command (command_id, correlation_id, parked_at, created_at, domain, command_type, error_code, error_message, fingerprint)
		select id, id, at, at, domain, command_type, last_error_code, last_error_message, fingerprint from copy`,
		[domain],
	);
	await query('analyze');
}

/** Rows that sequential scans of the command table and of the archive have read so far. */
async function rowsScanned(): Promise<number> {
	return count(
		`select sum(s.seq_tup_read) from pg_stat_all_tables s where s.relid in ('cb.command'::regclass, $1::text::regclass)`,
		[`pgmq.a_${domainQueues(payments.domain).commands}`],
	);
}

it('I14: beside 100,000 ended and 10,000 parked commands no look scans the command table or the archive', async () => {
	const applicationName = 'looking at parked work';
	const before = await rowsScanned();
	const { domain } = payments;
	const backend = scene.openBackend({ applicationName, listen: false });
	const tsq = createTroubleshootingQueue(backend);

	await tsq.list({ domain, limit: 100 });
	const startedAt = performance.now();
	const first = await tsq.list({ domain, limit: 100 });
	const firstPageMs = performance.now() - startedAt;
	const all = await tsq.list({ limit: 100 });
	const next = await tsq.list({ limit: 100, cursor: all.nextCursor });
	const deep = await tsq.list({ domain, limit: 100, offset: 9_000 });
	const counted = await tsq.count({ domain });
	const groups = await tsq.groups({ domain });
	await tsq.get({ domain, commandId: first.items[0]?.commandId ?? '' });
	// Sessions report what they have read when they end.
	await backend.close();
	await until(
		() => count('select count(*) from pg_stat_activity a where a.application_name = $1::text', [applicationName]),
		(sessions) => sessions === 0,
		{ what: 'the end of the sessions' },
	);

	console.info(`I14: the first page of ${counted} parked commands took ${firstPageMs.toFixed(1)} ms`);
	expect([first, all, next, deep].map(({ items }) => items.length)).toEqual([100, 100, 100, 100]);
	expect(first.items.every(({ payload }) => payload !== null)).toBe(true);
	expect(counted).toBe(parkedCount + 50);
	expect(groups).toMatchObject([{ count: parkedCount + 50 }]);
	expect(await rowsScanned()).toBe(before);
});

it('I13: read page by page while commands are parked and resolved, nothing that stays parked is missed or shown twice', async () => {
	const tsq = createTroubleshootingQueue(scene.backend);
	const { domain } = payments;
	const staying = await parkedIds();
	const seen: string[] = [];
	const resolved = new Set<string>();
	let cursor: string | undefined;

	do {
		const page = await tsq.list({ domain, limit: 1_000, cursor });
		seen.push(...page.items.map(({ commandId }) => commandId));
		cursor = page.nextCursor;
		// One that was seen, one that was not, and new ones: all move the pages that are counted by offset.
		const unseen = staying.find((id) => !seen.includes(id) && !resolved.has(id));
		for (const commandId of [page.items[0]?.commandId, unseen]) {
			if (commandId === undefined) continue;
			resolved.add(commandId);
			await tsq.cancel({ domain, commandId, operator, reason: 'x', suppressReply: true });
		}
		await parkMany(scene, payments, 3);
	} while (cursor !== undefined);

	expect(new Set(seen).size).toBe(seen.length);
	const shown = new Set(seen);
	expect(staying.filter((id) => !resolved.has(id) && !shown.has(id))).toEqual([]);
});

async function parkedIds(): Promise<readonly string[]> {
	const rows = await query('select p.command_id from cb.parked_command p');
	return rows.map(({ command_id: id }) => String(id));
}
