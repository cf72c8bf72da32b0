/** Each kind of database role can do its work, and nothing that is not its work, also when whoever has it tries. */
import { commandRequest, createCommandBus, createHandlers, createWorker, defineCommand } from '@cb/core';
import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { grantRole, missingPrivileges, revokeRole, roleKinds } from '../src/index.ts';
import type { PgBackend, RoleKind } from '../src/index.ts';
import { openTestDatabase } from './test-database.ts';

const database = await openTestDatabase();
const owner = await database.connect();
const domain = 'payments';
const Pay = defineCommand({ domain, type: 'Pay', data: z.object({ secret: z.string() }) });
const suffix = randomUUID().slice(-8);
const nameOf = (kind: RoleKind): string => `cb_test_${kind}_${suffix}`;

function urlOf(kind: RoleKind): string {
	const url = new URL(database.url);
	url.username = nameOf(kind);
	url.password = 'secret';
	return url.href;
}

async function connectAs(kind: RoleKind): Promise<Client> {
	const client = new Client({ connectionString: urlOf(kind) });
	await client.connect();
	return client;
}

function backendAs(kind: RoleKind): PgBackend {
	return database.openBackend({ connection: urlOf(kind) });
}

beforeAll(async () => {
	await database.query('select cb.create_domain($1)', [domain]);
	for (const kind of roleKinds) {
		await owner.query(`create role ${nameOf(kind)} login password 'secret'`);
		await grantRole(owner, nameOf(kind), kind);
	}
});

afterAll(async () => {
	for (const kind of roleKinds) {
		await revokeRole(owner, nameOf(kind));
		await owner.query(`drop role ${nameOf(kind)}`);
	}
});

/** What the server says to each statement, by kind of role. */
async function refusals(kind: RoleKind, statements: readonly string[]): Promise<readonly (string | undefined)[]> {
	const client = await connectAs(kind);
	try {
		const codes: (string | undefined)[] = [];
		for (const statement of statements) {
			const attempt = client.query(statement).then(() => 'allowed');
			codes.push(await attempt.catch(codeOf));
		}
		return codes;
	} finally {
		await client.end();
	}
}

function codeOf(error: unknown): string | undefined {
	return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}

const denied = '42501';

/** Parks a command through the ports of a worker. */
async function parkOne(): Promise<{ readonly domain: string; readonly commandId: string }> {
	const worker = backendAs('worker');
	const { commandId } = await createCommandBus(worker).send(
		Pay,
		{ secret: 'parked' },
		{ replyTo: 'payments__replies' },
	);
	const error = { type: 'PERMANENT', code: 'NO', message: 'no', details: null } as const;
	const { commands } = await worker.commands.receive({
		...{ domain, workerId: 'w', limit: 100, leaseSeconds: 30, maxAttemptsByType: {}, defaultMaxAttempts: 3 },
		exhausted: { error, fingerprint: 'f' },
	});
	const outcome = { kind: 'park', error, fingerprint: 'f', reason: 'PERMANENT', maxAttempts: 3 } as const;
	await worker.commands.settle(
		domain,
		commands.map(({ lease }) => ({ ...outcome, lease })),
	);
	return { domain, commandId };
}

describe('a granted role', () => {
	it.each(roleKinds)('lacks nothing of a %s, and passes the check of the schema', async (kind) => {
		const client = await connectAs(kind);
		expect(await missingPrivileges(client, kind)).toEqual([]);
		await client.end();

		await expect(backendAs(kind).checkSchema()).resolves.toBeUndefined();
	});

	it.each(roleKinds)('of kind %s can neither change nor remove audit, nor any table', async (kind) => {
		const tables = ['command_audit_entry', 'process_event', 'command', 'batch', 'parked_command', 'migration'];
		const attacks = tables.flatMap((table) => [
			`update cb.${table} set ${table === 'migration' ? 'name' : 'domain'} = 'x'`,
			`delete from cb.${table}`,
			`truncate cb.${table}`,
		]);

		const possible = attacks.filter((attack) => !attack.includes('process_event set'));
		expect(new Set(await refusals(kind, possible))).toEqual(new Set([denied]));
	});

	it.each(roleKinds)('of kind %s reaches no queue table and no inner function', async (kind) => {
		const attacks = [
			'select * from pgmq.q_payments__commands',
			'delete from pgmq.a_payments__commands',
			`select pgmq.send('payments__commands', '{}')`,
			`select pgmq.purge_queue('payments__commands')`,
			`select * from pgmq.read('payments__commands', 30, 1)`,
			`select pgmq.archive('payments__commands', 1)`,
			`select pgmq.create('mine')`,
			`select pgmq.drop_queue('payments__commands')`,
			`select cb.send_answers('{}', '{}', '{}')`,
			`select * from cb.prune_commands('{"olderThanSeconds": 0, "limit": 10}')`,
			`select cb.grant_role(current_user, 'worker')`,
			`select cb.rebuild_message_views()`,
			`create function cb.mine() returns int language sql return 1`,
		];

		expect(new Set(await refusals(kind, attacks))).toEqual(new Set([denied]));
	});

	it.each(roleKinds)('of kind %s forges no audit and no status', async (kind) => {
		const attacks = [
			`insert into cb.command_audit_entry (command_id, generation, attempt, domain, type) values (gen_random_uuid(), 1, 0, 'payments', 'COMPLETED')`,
			`insert into cb.process_event (process_id, type) values (gen_random_uuid(), 'COMPLETED')`,
			`insert into cb.command (domain, command_id, command_type, correlation_id) values ('payments', gen_random_uuid(), 'Pay', gen_random_uuid())`,
			`copy cb.command_audit_entry to program 'true'`,
			`alter table cb.command_audit_entry disable trigger all`,
			`set session authorization postgres`,
		];

		expect(new Set(await refusals(kind, attacks))).toEqual(new Set([denied]));
	});

	it('cannot be of a kind that there is not', async () => {
		const strange: string = 'admin';
		await expect(owner.query('select cb.grant_role($1, $2)', [nameOf('reader'), strange])).rejects.toMatchObject({
			code: '22023',
		});
	});

	it('is not fooled by objects of its own in a temporary schema or on its search path', async () => {
		const client = await connectAs('sender');
		await client.query(`create temporary table domain (domain text)`);
		await client.query(
			`create function pg_temp.clock_timestamp() returns timestamptz language sql return 'infinity'::timestamptz`,
		);
		await client.query('set search_path to pg_temp, cb');

		await client.query(`select cb.send('payments', 'Pay', '{"secret": "x"}')`);

		const [row] = await database.query(`select count(*)::int as odd from cb.command where created_at = 'infinity'`);
		expect(row).toEqual({ odd: 0 });
		await client.end();
	});
});

describe('the functions of the schema', () => {
	it('that run with the rights of their owner look names up where nobody else can put any', async () => {
		const functions = await database.query(
			`select p.oid::regprocedure::text as name, p.proconfig as settings
			from pg_proc p join pg_namespace n on n.oid = p.pronamespace
			where n.nspname = 'cb' and p.prosecdef`,
		);

		const unsafe = functions.filter(
			({ settings }) => !z.array(z.string()).catch([]).parse(settings).includes('search_path=pg_catalog, pg_temp'),
		);
		expect(functions.length).toBeGreaterThan(20);
		expect(unsafe).toEqual([]);
	});

	it("are nobody's until they are granted, and no role may create objects beside them", async () => {
		const open = await database.query(
			`select p.oid::regprocedure::text as name
			from pg_proc p join pg_namespace n on n.oid = p.pronamespace
			where n.nspname = 'cb' and has_function_privilege('public', p.oid, 'execute')`,
		);

		expect(open).toEqual([]);
		for (const kind of roleKinds) {
			const [may] = await database.query(
				`select has_schema_privilege($1, 'cb', 'create') as cb, has_schema_privilege($1, 'pgmq', 'create') as pgmq`,
				[nameOf(kind)],
			);
			expect({ kind, ...may }).toEqual({ kind, cb: false, pgmq: false });
		}
	});
});

describe('a sender', () => {
	it('sends, also batches and in its own transaction, and follows its commands', async () => {
		const backend = backendAs('sender');
		const bus = createCommandBus(backend);
		const { commandId } = await bus.send(Pay, { secret: 'mine' });
		await expect(bus.send(Pay, { secret: 'mine' }, { commandId })).rejects.toMatchObject({ code: 'duplicate-command' });
		const batch = await bus.createBatch({ commands: [commandRequest(Pay, { secret: 'in a batch' })] });

		expect(await bus.get({ domain, commandId })).toMatchObject({ status: 'PENDING' });
		expect(await bus.getBatch(batch)).toMatchObject({ totalCount: 1 });
		await bus.cancel({ domain, commandId });
		await bus.close();
	});

	it('reads no payload and no audit, receives nothing and settles nothing', async () => {
		const attacks = [
			'select message from cb.live_message',
			'select * from cb.live_message',
			'select * from cb.archived_message',
			'select * from cb.command_audit',
			'select * from cb.process',
			`select * from cb.receive_commands('payments', 'thief', 1, 30)`,
			`select * from cb.receive_replies('payments__replies', 1, 30)`,
			`select * from cb.settle_commands('payments', '[]')`,
			`select cb.act_on_parked_command('{}')`,
			`select * from cb.prune('commands', '{"olderThanSeconds": 0, "limit": 10}')`,
			`select cb.command_generations('payments', gen_random_uuid())`,
			`insert into cb.command_audit_entry (command_id, generation, attempt, domain, type) values (gen_random_uuid(), 1, 0, 'payments', 'SENT')`,
			`select cb.create_domain('mine')`,
		];

		expect(new Set(await refusals('sender', attacks))).toEqual(new Set([denied]));
	});
});

describe('a worker', () => {
	it('creates domains, works commands off, and runs retention', async () => {
		const backend = backendAs('worker');
		await backend.domains.create('reports');
		const Report = defineCommand({ domain: 'reports', type: 'Report', data: z.object({}) });
		const bus = createCommandBus(backend);
		const worker = createWorker({ backend, domain: 'reports', handlers: createHandlers().on(Report, () => undefined) });
		await worker.start();
		const sent = await bus.send(Report, {});
		await expect(bus.waitFor(sent)).resolves.toMatchObject({ status: 'COMPLETED' });
		await worker.stop();

		await expect(backend.maintenance.claim('w', 5)).resolves.toBe(true);
		await expect(
			backend.maintenance.prune({ kind: 'commands', olderThanSeconds: 3_600, limit: 10 }),
		).resolves.toMatchObject({ pruned: 0 });
		await bus.close();
	});

	it('does not act as an operator', async () => {
		const attacks = [
			`select cb.act_on_parked_command('{}')`,
			`select cb.start_bulk(gen_random_uuid(), '')`,
			`select cb.freeze_bulk(gen_random_uuid(), '{}', '{}', '{}')`,
		];

		expect(new Set(await refusals('worker', attacks))).toEqual(new Set([denied]));
	});
});

describe('an operator', () => {
	it('works the Troubleshooting Queue, payloads, history and bulks included', async () => {
		const backend = backendAs('operator');
		const [one, two] = [await parkOne(), await parkOne()];
		const store = backend.troubleshooting;
		expect((await store.list({ domain }, {})).items.map(({ payload }) => payload)).toContainEqual({ secret: 'parked' });
		expect(await backend.queries.history(one)).not.toEqual([]);
		expect(await store.generations(one)).toHaveLength(1);
		const operator = { id: 'ada', kind: 'human' } as const;

		const act = await store.act({ ...one, action: 'cancel', operator, reason: 'no' });
		const bulk = await store.freezeBulk({
			bulkId: randomUUID(),
			operator,
			action: { action: 'retry' },
			filter: { domain },
		});
		await store.startBulk(bulk.bulkId, bulk.digest);
		const worked = await store.workBulk(100, bulk.bulkId);

		expect(act).toMatchObject({ kind: 'done', status: 'CANCELED' });
		expect(worked).toMatchObject({ failedCount: 0 });
		expect(await backend.queries.getMany([two])).toMatchObject([{ status: 'PENDING', generation: 2 }]);
	});

	it('reads nothing that is not parked, no processes, and neither sends nor receives', async () => {
		const attacks = [
			'select message from cb.live_message',
			'select * from cb.process',
			'select * from cb.process_event',
			'select * from cb.process_batch_state',
			`select cb.send('payments', 'Pay', '{}')`,
			`select * from cb.receive_commands('payments', 'thief', 1, 30)`,
			`select * from cb.prune('audit', '{"olderThanSeconds": 0, "limit": 10}')`,
			`insert into cb.command_audit_entry (command_id, generation, attempt, domain, type) values (gen_random_uuid(), 1, 0, 'payments', 'OPERATOR_RETRY')`,
		];

		expect(new Set(await refusals('operator', attacks))).toEqual(new Set([denied]));
	});
});

describe('a reader', () => {
	it('reads everything and does nothing', async () => {
		const backend = backendAs('reader');
		const parked = await parkOne();
		expect((await backend.queries.list({ domain }, {})).items.length).toBeGreaterThan(0);
		expect(await backend.troubleshooting.get(parked)).toMatchObject({ payload: { secret: 'parked' } });
		expect(await backend.domains.statistics()).not.toEqual([]);
		expect((await backend.processes.list({}, {})).items).toEqual([]);

		const attacks = [
			`select cb.send('payments', 'Pay', '{}')`,
			`select * from cb.cancel_command('payments', '${parked.commandId}')`,
			`select cb.act_on_parked_command('{}')`,
			`select * from cb.receive_commands('payments', 'thief', 1, 30)`,
			`select * from cb.finish_batches()`,
			`select cb.claim_maintenance('me', 1e9)`,
		];

		expect(new Set(await refusals('reader', attacks))).toEqual(new Set([denied]));
	});
});

describe('a role that lost something', () => {
	it('is told exactly what it lacks', async () => {
		await owner.query(`revoke execute on function cb.settle_commands(text, jsonb, boolean) from ${nameOf('worker')}`);
		await owner.query(`revoke select on cb.process from ${nameOf('worker')}`);

		const missing = await missingPrivileges(owner, 'worker', nameOf('worker'));

		expect(missing).toEqual(['execute on cb.settle_commands', 'select on cb.process']);
		await grantRole(owner, nameOf('worker'), 'worker');
		expect(await missingPrivileges(owner, 'worker', nameOf('worker'))).toEqual([]);
	});

	it('is told that it lacks everything when nothing was granted', async () => {
		const missing = await missingPrivileges(owner, 'sender', 'pg_monitor');

		expect(missing).toContain('usage on schema cb');
		expect(missing).toContain('execute on cb.send');
	});
});
