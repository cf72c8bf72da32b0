/** The roles of docs/reference/sql-schema.md may do what they are said to, and no more. */
import { readFileSync } from 'node:fs';
import { PermanentCommandError, createCommandBus, createHandlers, createWorker, defineCommand } from '@cb/core';
import { createTroubleshootingQueue } from '@cb/ops';
import { createPgBackend } from '@cb/pg';
import type { Queryable } from '@cb/pg';
import { freshDatabase } from '@cb/test-postgres/vitest';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';

const SendMail = defineCommand({ domain: 'shop', type: 'SendMail', data: z.object({ order: z.string() }) });

let database: Awaited<ReturnType<typeof freshDatabase>>;
let admin: Client;

/** Roles belong to the whole server, so this run gives them names of its own. */
const suffix = `_${process.pid}_${Date.now()}`;
const roles = { worker: `cb_worker${suffix}`, reader: `cb_reader${suffix}` };

beforeAll(async () => {
	database = await freshDatabase();
	admin = new Client({ connectionString: database.url });
	await admin.connect();
	await admin.query(`select cb.create_domain('shop')`);
	const text = readFileSync(new URL('privileges.sql', import.meta.url), 'utf8');
	await admin.query(text.replaceAll('cb_worker', roles.worker).replaceAll('cb_reader', roles.reader));
	await admin.query(`select cb.create_domain('later')`);
});

afterAll(async () => {
	for (const role of Object.values(roles)) await admin.query(`drop owned by ${role}; drop role ${role}`);
	await admin.end();
	await database.drop();
});

/** Options of `pg` that make every connection play a role. */
function as(role: string): { readonly connectionString: string; readonly options: string } {
	return { connectionString: database.url, options: `-c role=${role}` };
}

it.each(['shop', 'later'])('a worker sends, works and operates in domain %s', async (domain) => {
	const backend = createPgBackend({ connection: as(roles.worker) });
	const bus = createCommandBus(backend);
	const definition = { ...SendMail, domain };
	const handlers = createHandlers<Queryable>().on(definition, ({ data }, { transaction }) => {
		if (data.order === 'broken') throw new PermanentCommandError('BROKEN', 'It is broken.');
		return transaction(async (tx) => {
			await tx.query('select 1');
			return 'sent';
		});
	});
	const worker = createWorker({ backend, domain, handlers });
	await worker.start();

	const sent = await bus.send(definition, { order: 'O-1' }, { replyTo: `${domain}__replies` });
	const broken = await bus.send(definition, { order: 'broken' }, { replyTo: `${domain}__replies` });

	expect(await bus.waitFor(sent)).toMatchObject({ status: 'COMPLETED' });
	expect(await bus.waitFor(broken, { until: 'settled' })).toMatchObject({ status: 'IN_TROUBLESHOOTING_QUEUE' });
	const tsq = createTroubleshootingQueue(backend);
	await tsq.retry({ domain, commandId: broken.commandId, operator: { id: 'alice' } });
	expect(await bus.waitFor(broken, { until: 'settled' })).toMatchObject({ status: 'IN_TROUBLESHOOTING_QUEUE' });
	await tsq.cancel({ domain, commandId: broken.commandId, operator: { id: 'alice' }, reason: 'given up' });
	expect(await bus.waitFor(broken)).toMatchObject({ status: 'CANCELED' });
	await worker.stop();
	await backend.close();
});

it.each([
	['change the audit', 'worker', `update cb.command_audit set type = 'SENT'`],
	['delete from the audit', 'worker', 'delete from cb.command_audit'],
	['create a domain', 'worker', `select cb.create_domain('another')`],
	['send', 'reader', `select cb.send('shop', 'SendMail', '{"order": "O-1"}')`],
	['receive', 'reader', `select cb.receive_commands('shop', 'me', 1, 30)`],
] as const)('nobody may %s as %s', async (_, role, statement) => {
	const client = new Client(as(roles[role]));
	await client.connect();

	await expect(client.query(statement)).rejects.toMatchObject({ code: '42501' });
	await client.end();
});

it('a reader looks', async () => {
	const backend = createPgBackend({ connection: as(roles.reader), listen: false });

	const statistics = await backend.domains.statistics();

	expect(statistics.map(({ domain }) => domain)).toEqual(['later', 'shop']);
	await backend.close();
});
