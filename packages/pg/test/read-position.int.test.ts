/** Beside a transaction that keeps dead rows, a read costs what it finds, and what commits late is found all the same. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { ReadPosition } from '../src/read-position.ts';
import { receiveCommands } from '../src/statements/receive-commands.ts';
import { aCommand, aReceive, accept, completeOf, receive, receiveAll } from './moves.ts';
import { openTestDatabase } from './test-database.ts';

const database = await openTestDatabase();
const backend = database.openBackend();

/** Begins a transaction after which nothing that is consumed can be removed. */
async function keepDeadRows(): Promise<void> {
	const holder = await database.connect();
	await holder.query('begin isolation level repeatable read');
	await holder.query('select from cb.command limit 1');
}

async function consume(domain: string, count: number): Promise<void> {
	for (let left = count; left > 0; left -= 1_000) {
		await accept(backend, domain, Math.min(left, 1_000));
		const received = await receiveAll(backend, domain);
		await backend.commands.settle(domain, received.map(completeOf));
	}
}

/** One read of ten, undone at once: how many entries of the index it looked at, and from where the next may go on. */
async function readOf(
	domain: string,
	dueFrom: string,
): Promise<{ readonly lookedAt: number; readonly onFrom: unknown }> {
	const client = await database.connect();
	const lookedAt = async (): Promise<number> => {
		const text = `select pg_stat_get_xact_tuples_returned($1::regclass)::integer as entries`;
		const { rows } = await client.query<{ entries: number }>(text, [`pgmq.q_${domain}__commands_vt_idx`]);
		return rows[0]?.entries ?? 0;
	};
	await client.query('begin');
	const before = await lookedAt();
	const { rows } = await client.query<{ onFrom: string | null }>(
		`select min(read_on_from)::text as "onFrom" from cb.receive_commands($1, 'reader', 10, 30, due_from => $2)`,
		[domain, dueFrom],
	);
	const after = await lookedAt();
	await client.query('rollback');
	return { lookedAt: after - before, onFrom: rows[0]?.onFrom };
}

it('S12 beside an open transaction a read that goes on where another ended looks at what it finds, not at what was consumed', async () => {
	const domain = await database.newDomain();
	await keepDeadRows();
	await consume(domain, 6_000);
	await sleep(200);
	await accept(backend, domain, 20);

	const whole = await readOf(domain, '-infinity');
	const goneOn = await readOf(domain, String(whole.onFrom));

	expect(whole.onFrom).toMatch(/^\d{4}-/);
	expect(goneOn.onFrom).toMatch(/^\d{4}-/);
	expect(whole.lookedAt).toBeGreaterThan(6_000);
	expect(goneOn.lookedAt).toBe(10);
});

it('without anything that keeps dead rows every read begins at the beginning', async () => {
	const domain = await database.newDomain();
	await accept(backend, domain, 20);

	expect(await readOf(domain, '-infinity')).toMatchObject({ onFrom: null });
});

it('S12 what was sent before that and is committed after it is received, and everything once', async () => {
	const domain = await database.newDomain();
	const late = await database.connect();
	await late.query('begin');
	await late.query(`select cb.send($1, 'Charge', '{"late": true}')`, [domain]);
	await keepDeadRows();
	await consume(domain, 6_000);
	await accept(backend, domain, 1);
	expect(await receive(backend, domain, 10)).toHaveLength(1);

	await late.query('commit');

	await expect.poll(() => receive(backend, domain, 10), { timeout: 20_000 }).toMatchObject([{ data: { late: true } }]);
	expect(await receive(backend, domain, 10)).toEqual([]);
});

/** After a read from the beginning that took three seconds, and one that went on from there. */
function positionBetween(back: string, on: string): ReadPosition {
	const position = new ReadPosition();
	const now = performance.now();
	const full = { count: 10, limit: 10, endedAt: now };
	position.ended(position.next(now - 3_000), { ...full, readOnFrom: back });
	position.ended(position.next(now), { ...full, readOnFrom: on });
	return position;
}

it('S12 whoever is woken for what lies a little before the position finds it at once, without a read from the beginning', async () => {
	const domain = await database.newDomain();
	const client = await database.connect();
	const position = positionBetween('2020-01-01 00:00:00+00', '2020-01-03 00:00:00+00');
	const [long, late] = [new Date('2019-12-31T00:00:00Z'), new Date('2020-01-02T00:00:00Z')];
	const commands = [long, late].map((dueAt) => aCommand(domain, { dueAt }));
	await backend.commands.accept(commands);

	const received = await receiveCommands(client, aReceive(domain, 10), position);

	expect(received.map(({ command_id }) => command_id)).toEqual([commands[1]?.commandId]);
	expect(position.next(performance.now()).reach).not.toBe('whole');
});
