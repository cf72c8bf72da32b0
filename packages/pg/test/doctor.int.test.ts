/** What the doctor says about drift, vacuum, the horizon, roles and the clock: each is provoked, found, and put right by the SQL it gives. */
import { freshDatabase } from '@cb/test-postgres/vitest';
import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { afterEach, expect, it, onTestFinished, vi } from 'vitest';
import { bloatFinding } from '../src/diagnosis/tables.ts';
import { diagnose, grantRole } from '../src/index.ts';
import type { DiagnoseOptions, Finding } from '../src/index.ts';

interface Patient {
	readonly url: string;
	readonly client: Client;
	readonly look: (check: string, options?: DiagnoseOptions) => Promise<Finding | undefined>;
}

async function openPatient(): Promise<Patient> {
	const database = await freshDatabase();
	const { url } = database;
	const client = await connect(url);
	onTestFinished(() => database.drop());
	const look = async (check: string, options?: DiagnoseOptions) =>
		(await diagnose(url, options)).find((finding) => finding.check === check);
	return { url, client, look };
}

async function connect(url: string, applicationName?: string): Promise<Client> {
	const client = new Client({ connectionString: url, application_name: applicationName });
	client.on('error', () => undefined);
	await client.connect();
	onTestFinished(() => client.end().catch(() => undefined));
	return client;
}

afterEach(() => {
	vi.useRealTimers();
});

it('names objects that were changed or dropped, with the SQL that puts them right', async () => {
	const { look, client } = await openPatient();
	await client.query('drop index cb.command_created_at_idx');
	await client.query('drop function cb.wake(text[])');
	await client.query('alter table cb.batch drop constraint batch_status_check');
	await client.query('alter function cb.send_answers cost 7');
	await client.query('drop view cb.process_batch_state');

	const finding = await look('drift');

	expect(finding).toMatchObject({ state: 'warning' });
	for (const name of ['command_created_at_idx', 'wake', 'batch_status_check', 'send_answers', 'process_batch_state']) {
		expect(finding?.message).toContain(name);
	}
	await client.query(finding?.fix ?? '');
	expect(await look('drift')).toMatchObject({ state: 'ok' });
});

it('gives no SQL for tables, whose rows are at stake, and for what is not ours', async () => {
	const { look, client } = await openPatient();
	await client.query('create table cb.mine (id integer)');
	await client.query('alter table cb.command add column mine text');

	const finding = await look('drift');

	expect(finding?.message).toContain('unknown: table cb.mine');
	expect(finding?.message).toContain('changed: table cb.command');
	expect(finding?.fix).toBeUndefined();
});

it('names the session that holds the horizon, and how to end it', async () => {
	const { look, client, url } = await openPatient();
	const holder = await connect(url, 'nightly report');
	await holder.query('begin isolation level repeatable read');
	await holder.query('select count(*) from cb.command');

	const findings = await look('held-xmin', { heldTransactionSeconds: 0 });

	expect(findings?.state).not.toBe('ok');
	expect(findings?.message).toContain('nightly report');
	await client.query(findings?.fix ?? '');
	await expect(holder.query('select 1')).rejects.toThrow();
});

it('finds tables whose dead rows vacuum does not remove', async () => {
	const { look, client } = await openPatient();
	await client.query('alter table cb.batch_progress set (autovacuum_enabled = off)');
	await client.query(
		`insert into cb.batch_progress select gen_random_uuid(), 1, 0, 0, 'payments' from generate_series(1, 60000)`,
	);
	await client.query('delete from cb.batch_progress');
	await client.query('select pg_stat_force_next_flush()');

	const finding = await look('vacuum');

	expect(finding).toMatchObject({ state: 'warning', fix: 'vacuum (analyze) cb.batch_progress;' });
	await client.query(finding?.fix ?? '');
	expect(await look('vacuum')).toMatchObject({ state: 'ok' });
});

it('finds tables that are much larger than their rows', () => {
	const table = { name: 'pgmq.q_x', liveRows: 10, deadRows: 0, bytes: 2 ** 30, lastVacuumAt: null };

	expect(bloatFinding([table])).toMatchObject({ state: 'warning' });
	expect(bloatFinding([{ ...table, liveRows: 1_000_000 }])).toMatchObject({ state: 'ok' });
});

it('says what a role lacks for its kind, and which kinds it is fit for', async () => {
	const { client, url } = await openPatient();
	const role = `cb_test_doctor_${randomUUID().slice(-8)}`;
	await client.query(`create role ${role} login password 'secret'`);
	const own = new URL(url);
	own.username = role;
	own.password = 'secret';
	const look = async (options?: DiagnoseOptions) =>
		(await diagnose(own.href, options)).find(({ check }) => check === 'privileges');
	expect(await look({ as: 'sender' })).toMatchObject({ state: 'critical' });

	await grantRole(client, role, 'sender');

	expect(await look({ as: 'sender' })).toMatchObject({ state: 'ok' });
	expect(await look()).toMatchObject({ state: 'ok', message: `${role} may work as sender.` });
	const lacking = await look({ as: 'worker' });
	expect(lacking).toMatchObject({ state: 'critical' });
	expect(lacking?.message).toContain('execute on cb.settle_commands');
	await client.query(lacking?.fix ?? '');
	expect(await look({ as: 'worker' })).toMatchObject({ state: 'ok' });
	await client.query(`select cb.revoke_role('${role}')`);
	await client.query(`drop role ${role}`);
});

it('finds a clock that is off', async () => {
	const { look } = await openPatient();
	vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 90_000 });

	expect(await look('clock')).toMatchObject({ state: 'warning' });
});

it('says which PGMQ there is', async () => {
	const { look } = await openPatient();

	expect((await look('pgmq'))?.message).toMatch(/PGMQ 1\.\d+/u);
});
