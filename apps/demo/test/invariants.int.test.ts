import type { Queryable } from '@cb/pg';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freshDatabase } from '@cb/test-postgres/vitest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../src/config.ts';
import { seededRandom } from '../src/failures/attempt-random.ts';
import { PaymentOrder } from '../src/orders/payment-order.ts';
import { placeTransfer } from '../src/payments/place-transfer.ts';
import { sampleCustomers, sampleTransfer } from '../src/payments/sample-transfers.ts';
import { startRouters } from '../src/runtime/start-routers.ts';
import { startWorkers } from '../src/runtime/start-workers.ts';
import { openStatementFiles } from '../src/reporting/statement-files.ts';
import { StatementReport } from '../src/reporting/statement-report.ts';
import { createClosings } from '../src/runtime/closings.ts';
import { openEngine } from '../src/runtime/engine.ts';
import type { Engine } from '../src/runtime/engine.ts';
import { createLogger } from '../src/runtime/logging.ts';
import { prepareDatabase } from '../src/runtime/open-server.ts';
import { checkFiles } from '../src/scenario/check-files.ts';
import { allChecks, checkInvariants, damageCount, settledChecks } from '../src/scenario/check-invariants.ts';
import { untilSettled } from '../src/scenario/until-settled.ts';
import { processChecks } from '../src/statements/checks/processes.ts';
import { openAccounts } from '../src/statements/open-accounts.ts';

const statements = mkdtempSync(join(tmpdir(), 'cb-demo-statements-'));
const config = readConfig({
	CB_DEMO_FAILURES: 'default=0,DebitAccount=10/10/10/10,CreditAccount=10/10/10/10,NotifyParties=0/10/50',
	CB_DEMO_MAX_RUN_SECONDS: '1',
	CB_DEMO_LEASE_SECONDS: '2',
	CB_DEMO_DURATION_MS: '0/1',
	CB_DEMO_BACKOFF_SECONDS: '0.1',
	CB_DEMO_LOG_LEVEL: 'silent',
	CB_DEMO_STATEMENTS_DIRECTORY: statements,
});
const logger = createLogger(config.log, 'test');
const closings = createClosings(logger);
let engine: Engine;

beforeAll(async () => {
	const database = await freshDatabase();
	closings.add('database', () => database.drop());
	await prepareDatabase({ url: database.url });
	engine = openEngine({ url: database.url, config, logger, closings });
	await openAccounts(engine.database, sampleCustomers(10), 1_000_000);
	const random = seededRandom('invariants');
	for (let index = 0; index < 60; index++) await placeTransfer(engine, sampleTransfer(10, random));
	for (let index = 0; index < 12; index++) {
		const { transferId: orderId, fromAccount, toAccount, amountCents } = sampleTransfer(10, random);
		await engine.processes.start(PaymentOrder, { orderId, fromAccount, toAccount, amountCents });
		await engine.processes.start(StatementReport, { accountIds: [fromAccount] });
	}
	await startWorkers(engine, closings);
	await startRouters(engine, closings);
	const isSettled = await untilSettled({
		database: engine.database,
		signal: AbortSignal.timeout(60_000),
		isAllSent: () => true,
		tell: () => undefined,
	});
	if (!isSettled) throw new Error('The commands did not settle in time.');
});

afterAll(async () => {
	await closings.closeAll(10_000);
	rmSync(statements, { recursive: true, force: true });
});

/** A change that no command made, and the check that must notice it. */
const tamperings: readonly { readonly notices: string; readonly text: string }[] = [
	{
		notices: 'all lines of the ledger add up to zero',
		text: `update demo.ledger_entry set amount_cents = amount_cents + 1
			where ctid = (select ctid from demo.ledger_entry limit 1)`,
	},
	{
		notices: 'every booking has two lines that add up to zero',
		text: `delete from demo.ledger_entry where booking_id = (select max(booking_id) from demo.booking)`,
	},
	{
		notices: 'the balance of every customer is the sum of the lines',
		text: `update demo.account set balance_cents = balance_cents + 1 where account_id = 'customer-0001'`,
	},
	{
		notices: 'the clearing account holds what has left a payer and not reached anybody',
		text: `with booked as (
				insert into demo.booking (command_id, subject_id, kind) values (gen_random_uuid(), gen_random_uuid(), 'debit') returning booking_id
			)
			insert into demo.ledger_entry (booking_id, account_id, amount_cents)
			select b.booking_id, l.account_id, l.cents
			from booked b cross join (values ('internal:opening', -5), ('internal:clearing', 5)) as l (account_id, cents)`,
	},
	{
		notices: 'every transfer has its commands',
		text: `delete from cb.command where command_type = 'DebitAccount'
			and command_id = (select debit_command_id from demo.transfer limit 1)`,
	},
	{
		notices: 'no transfer is booked twice',
		text: `insert into demo.booking (command_id, subject_id, kind)
			select command_id, subject_id, kind from demo.booking where kind = 'credit' limit 1`,
	},
	{
		notices: 'every transfer has the bookings its status calls for',
		text: `update demo.booking set subject_id = gen_random_uuid() where booking_id = (
				select min(booking_id) from demo.booking where kind = 'credit')`,
	},
	{
		notices: 'every transfer has ended or waits for an operator',
		text: `update demo.transfer set status = 'REQUESTED' where transfer_id = (
				select transfer_id from demo.transfer where status = 'BOOKED' limit 1)`,
	},
	{
		notices: 'every command that its handler completed has booked once, and no other command has booked',
		text: `insert into demo.booking (command_id, subject_id, kind)
			select command_id, gen_random_uuid(), 'debit' from cb.command where status = 'FAILED' limit 1`,
	},
	{
		notices: 'every command is terminal or parked',
		text: `update cb.command set status = 'PENDING' where ctid = (select ctid from cb.command where status = 'COMPLETED' limit 1)`,
	},
	{
		notices: 'no message is left on the command queue',
		text: `select pgmq.send('payments__commands', '{}'::jsonb)`,
	},
	{
		notices: 'no reply is left unread',
		text: `select pgmq.send('payments__replies', '{}'::jsonb)`,
	},
	{
		notices: 'every terminal command has its reply',
		text: `delete from demo.reply_inbox where ctid = (select ctid from demo.reply_inbox limit 1)`,
	},
	{
		notices: 'no command has more than one reply, and a parked one has none',
		text: `insert into demo.reply_inbox (reply_id, command_id, command_type, generation, outcome)
			select gen_random_uuid(), command_id, command_type, generation, outcome from demo.reply_inbox limit 1`,
	},
	{
		notices: 'the index of parked commands agrees with the commands',
		text: `delete from cb.parked_command where ctid = (select ctid from cb.parked_command limit 1)`,
	},
	{
		notices: 'every trail begins with one SENT and ends with how the command stands',
		text: `insert into cb.command_audit_entry (command_id, generation, attempt, domain, type)
			select command_id, 1, 0, domain, 'SENT' from cb.command limit 1`,
	},
	{
		notices: 'every attempt was received, once',
		text: `update cb.command_audit_entry set receipt = null where ctid = (
			select ctid from cb.command_audit_entry where receipt is not null limit 1)`,
	},
	{
		notices:
			'every command ended once, and was parked once more often than operators acted on it only while it is parked',
		text: `insert into cb.command_audit_entry (command_id, generation, attempt, domain, type)
			select command_id, generation, attempt, domain, 'COMPLETED' from cb.command_audit where type = 'COMPLETED' limit 1`,
	},
	{
		notices: 'every attempt has its outcome, or was followed by a redelivery',
		text: `update cb.command_audit_entry set type = 'RECEIVED', receipt = null where ctid = (
			select ctid from cb.command_audit_entry where type = 'FAILED' limit 1)`,
	},
	{
		notices: 'every process has ended',
		text: `update cb.process set status = 'WAITING_FOR_REPLY' where ctid = (select ctid from cb.process limit 1)`,
	},
	{
		notices: 'no reply to a process is left over or was set aside',
		text: `insert into cb.unhandled_reply (msg_id, queue, reason) values (1, 'orders__process_replies', 'nobody knows it')`,
	},
	{
		notices: 'every step has its command, and agrees with it',
		text: `update cb.process_step set status = 'CANCELED' where ctid = (select ctid from cb.process_step where status = 'SUCCEEDED' limit 1)`,
	},
	{
		notices: 'no step of a process was sent twice, and every command of a process is a step of it',
		text: `insert into cb.process_step (process_id, command_id, position, step, kind, domain, command_type, status)
			select process_id, gen_random_uuid(), position + 100, step, kind, domain, command_type, status from cb.process_step limit 1`,
	},
	{
		notices: 'every answer moved its process once',
		text: `insert into cb.process_event (process_id, command_id, type, step)
			select process_id, command_id, type, step from cb.process_event where type = 'STEP_ANSWERED' limit 1`,
	},
	{
		notices: 'every step of an order that succeeded has booked once, and no other has',
		text: `insert into demo.booking (command_id, subject_id, kind)
			select command_id, subject_id, kind from demo.booking where kind = 'reserve' limit 1`,
	},
	{
		notices: 'a process that completed has done every step and undone none',
		text: `delete from cb.process_step where ctid = (
				select s.ctid from cb.process_step s join cb.process p using (process_id) where p.status = 'COMPLETED' limit 1)`,
	},
	{
		notices:
			'a compensated process has undone every step that was done and can be undone, and no other process has undone anything',
		text: `delete from cb.process_step where ctid = (select ctid from cb.process_step where kind = 'undo' limit 1)`,
	},
	{
		notices: 'what was done was undone in reverse order, one awaited command at a time',
		text: `delete from cb.process_event where type = 'STEP_ANSWERED' and step = 'RETURN_DEBIT'`,
	},
	{
		notices: 'a process counts the undo steps that did not succeed',
		text: `update cb.process set compensation_errors = 1 where ctid = (select ctid from cb.process limit 1)`,
	},
	{
		notices: 'the reserve holds what the steps of the orders have set aside',
		text: `update cb.process_step set status = 'FAILED' where ctid = (
				select ctid from cb.process_step where step = 'RELEASE_FUNDS' limit 1)`,
	},
	{
		notices: 'nothing waits for an operator any more',
		text: 'select 1',
	},
	{
		notices: 'every transfer that was parked got exactly one answer in the end',
		text: 'select 1',
	},
	{
		notices: 'the audit names the operator of every act',
		text: `insert into cb.command_audit_entry (command_id, generation, attempt, domain, type)
			select command_id, generation, attempt, domain, 'OPERATOR_RETRY' from cb.command_audit limit 1`,
	},
	{
		notices: 'every bulk ended, with one result per item',
		text: `insert into cb.bulk (bulk_id, total_count, status, operator_id, operator_kind, action, filter)
			values (gen_random_uuid(), 1, 'COMPLETED', 'alice', 'human', '{}', '{}')`,
	},
];

/** What the checks say while `text` holds; nothing of it stays. */
async function brokenBy(text: string): Promise<readonly string[]> {
	let broken: readonly string[] = [];
	const undo = new Error('undo');
	await engine.database
		.transaction(async (tx: Queryable) => {
			await tx.query(text);
			broken = (await checkInvariants(tx, allChecks)).broken.map(({ name }) => name);
			throw undo;
		})
		.catch((error: unknown) => {
			if (error !== undo) throw error;
		});
	return broken;
}

describe('the invariant checks', () => {
	it('hold after a run with completed, failed and parked commands', async () => {
		const verdict = await checkInvariants(engine.database, [...settledChecks, ...processChecks]);
		const statuses = (await engine.bus.list({}, { limit: 1_000 })).items.map(({ status }) => status);

		expect(verdict).toEqual({ heldCount: settledChecks.length + processChecks.length, broken: [] });
		expect(new Set(statuses)).toEqual(new Set(['COMPLETED', 'FAILED', 'IN_TROUBLESHOOTING_QUEUE']));
	});

	it('R5: hold although attempts hung beyond their time and went on to book when they were no longer wanted', async () => {
		const { items } = await engine.bus.list({}, { limit: 1_000 });
		const histories = await Promise.all(items.map((command) => engine.bus.history(command)));
		const timedOut = histories.filter((history) => JSON.stringify(history).includes('HANDLER_TIMEOUT'));

		expect(timedOut.length).toBeGreaterThan(0);
		expect((await checkInvariants(engine.database, settledChecks)).broken).toEqual([]);
	});

	it('are each proved to fail by a tampering below', () => {
		expect(tamperings.map(({ notices }) => notices).toSorted()).toEqual(allChecks.map(({ name }) => name).toSorted());
	});

	it.each(tamperings)('notice that not "$notices"', async ({ notices, text }) => {
		expect(await brokenBy(text)).toContain(notices);
	});

	it('compare the files on disk with what the processes say', async () => {
		const { rendered } = openStatementFiles(statements);
		const [file = ''] = await rendered.list();
		const complete = await checkFiles(engine.database, rendered);
		await rendered.write('statement-left-over.csv', '', new AbortController().signal);
		const withMore = await checkFiles(engine.database, rendered);
		await rendered.remove(['statement-left-over.csv', file]);
		const withLess = await checkFiles(engine.database, rendered);

		expect(complete).toEqual({ heldCount: 2, broken: [] });
		expect(withMore.broken).toMatchObject([{ damage: 'inconsistent', count: 1, samples: ['statement-left-over.csv'] }]);
		expect(withLess.broken).toMatchObject([{ damage: 'lost', count: 1, samples: [file] }]);
	});

	it('count what is lost, doubled and stuck apart', () => {
		const broken = [
			{ name: 'a', damage: 'lost' as const, count: 2, samples: [] },
			{ name: 'b', damage: 'doubled' as const, count: 3, samples: [] },
			{ name: 'c', damage: 'lost' as const, count: 4, samples: [] },
		];

		expect(damageCount({ heldCount: 0, broken }, 'lost')).toBe(6);
		expect(damageCount({ heldCount: 0, broken }, 'doubled')).toBe(3);
		expect(damageCount({ heldCount: 0, broken }, 'stuck')).toBe(0);
	});
});
