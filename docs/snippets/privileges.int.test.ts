/** The roles of docs/reference/sql-schema.md may do what they are said to, and no more. */
import { readFileSync } from 'node:fs';
import { PermanentCommandError, createCommandBus, createHandlers, createWorker, defineCommand } from '@cb/core';
import type { Receipt } from '@cb/core';
import { createTroubleshootingQueue } from '@cb/ops';
import { createPgBackend } from '@cb/pg';
import type { PgBackend } from '@cb/pg';
import { freshDatabase } from '@cb/test-postgres/vitest';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';

const SendMail = defineCommand({ domain: 'shop', type: 'SendMail', data: z.object({ order: z.string() }) });

let database: Awaited<ReturnType<typeof freshDatabase>>;
let admin: Client;

/** Roles belong to the whole server, so this run gives them names of its own. */
const suffix = `_${process.pid}_${Date.now()}`;
const roles = ['cb_api', 'cb_worker', 'cb_operator', 'cb_reader'] as const;

beforeAll(async () => {
	database = await freshDatabase();
	admin = new Client({ connectionString: database.url });
	await admin.connect();
	const text = readFileSync(new URL('privileges.sql', import.meta.url), 'utf8');
	await admin.query(roles.reduce((sql, role) => sql.replaceAll(role, role + suffix), text));
	await admin.query(`select cb.create_domain('shop')`);
});

afterAll(async () => {
	for (const role of roles) await admin.query(`drop owned by ${role}${suffix}; drop role ${role}${suffix}`);
	await admin.end();
	await database.drop();
});

type Role = (typeof roles)[number];

/** Every connection plays a role. */
function as(role: Role): { readonly connectionString: string; readonly options: string } {
	return { connectionString: database.url, options: `-c role=${role}${suffix}` };
}

function openAs(role: Role): PgBackend {
	const backend = createPgBackend({ connection: as(role) });
	onTestFinished(() => backend.close());
	return backend;
}

it('a sender sends, a worker parks, an operator decides, a reader looks', async () => {
	const api = createCommandBus(openAs('cb_api'));
	const handlers = createHandlers().on(SendMail, () => {
		throw new PermanentCommandError('BROKEN', 'It is broken.');
	});
	const worker = createWorker({ backend: openAs('cb_worker'), domain: 'shop', handlers });
	await worker.start();

	const receipt: Receipt = await api.send(SendMail, { order: 'O-1' }, { replyTo: 'shop__replies' });
	expect(await api.waitFor(receipt, { until: 'settled' })).toMatchObject({ status: 'IN_TROUBLESHOOTING_QUEUE' });

	const address = { domain: receipt.domain, commandId: receipt.commandId };
	const tsq = createTroubleshootingQueue(openAs('cb_operator'));
	expect((await tsq.list({ domain: 'shop' })).items[0]?.payload).toEqual({ order: 'O-1' });
	await tsq.cancel({ ...address, operator: { id: 'alice' }, reason: 'given up' });
	expect(await api.waitFor(receipt)).toMatchObject({ status: 'CANCELED' });

	const history = await createCommandBus(openAs('cb_reader')).history(receipt);
	expect(history.map(({ type }) => type)).toContain('OPERATOR_CANCEL');
	await worker.stop();
});

it.each([
	['cb_api', 'read the audit', 'select from cb.command_audit'],
	['cb_api', 'read payloads', 'select message from cb.live_message'],
	['cb_worker', 'change the audit', `update cb.command_audit_entry set type = 'SENT'`],
	['cb_worker', 'delete from the audit', 'delete from cb.command_audit_entry'],
	['cb_worker', 'act as an operator', `select cb.act_on_parked_command('{}')`],
	['cb_operator', 'send', `select cb.send('shop', 'SendMail', '{"order": "O-1"}')`],
	['cb_operator', 'delete from a queue', 'delete from pgmq.q_shop__commands'],
	['cb_reader', 'cancel', `select cb.cancel_command('shop', cb.new_id())`],
] as const)('%s may not %s', async (role, _, statement) => {
	const client = new Client(as(role));
	await client.connect();

	await expect(client.query(statement)).rejects.toMatchObject({ code: '42501' });
	await client.end();
});

it('says what a role lacks', async () => {
	const missing = async (kind: string): Promise<number | null> =>
		(await admin.query('select * from cb.missing_privileges($1, $2)', [`cb_api${suffix}`, kind])).rowCount;

	expect(await missing('sender')).toBe(0);
	expect(await missing('worker')).toBeGreaterThan(0);
});
