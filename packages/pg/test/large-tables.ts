/** A domain with a history, a backlog, batches and processes: large enough for a scan of any table to show. */
import { randomUUID } from 'node:crypto';
import type { TestDatabase } from './test-database.ts';

export const domain = 'payments';
export const replyTo = `${domain}__replies`;
export const finishedCount = 150_000;
export const parkedCount = 10_000;
export const backlogCount = 40_000;
const batchCount = 20_000;
const processCount = 20_000;

/** The one that is open; each tenth command is its member. */
export const batchId = randomUUID();

/** Tables that grow with what was ever sent, and the queue that may be as long. */
export const growingTables = [
	'cb.command',
	'cb.command_audit_entry',
	'cb.parked_command',
	'cb.bulk_item',
	'cb.batch',
	'cb.batch_progress',
	'cb.process',
	'cb.process_step',
	'cb.process_event',
	`pgmq.a_${domain}__commands`,
	`pgmq.q_${domain}__commands`,
];

/** Nothing but what is said here may gather statistics; and a change to a table later would make every session plan anew. */
export async function stopAutovacuum(database: TestDatabase): Promise<void> {
	for (const table of [...growingTables, `pgmq.q_${replyTo}`]) {
		await database.query(`alter table ${table} set (autovacuum_enabled = off)`);
	}
}

export async function fill(database: TestDatabase): Promise<void> {
	await database.query(
		`insert into cb.command (command_id, correlation_id, batch_id, msg_id, domain, command_type, status, attempts, reply_to, created_at, completed_at, last_error_type, last_error_code, last_error_message)
		select gen_random_uuid(), gen_random_uuid(), case when n % 10 = 0 then $2::uuid end, n, $1, 'Charge',
			case when n <= $3 then 'COMPLETED' when n <= $3 + $4 then 'IN_TROUBLESHOOTING_QUEUE' else 'PENDING' end, 1, $1 || '__replies',
			now() - make_interval(secs => $3 + $4 + $5 - n), case when n <= $3 then now() - interval '1 hour' end, 'PERMANENT', 'CLOSED', 'Account 17 is closed.'
		from generate_series(1, $3 + $4 + $5) n`.replaceAll(/\$([345])/g, '$$$1::integer'),
		[domain, batchId, finishedCount, parkedCount, backlogCount],
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
		insert into cb.batch (domain, batch_id, status, total_count, completed_at)
		select '${domain}', gen_random_uuid(), 'COMPLETED', 1, now() from generate_series(1, ${batchCount});
		insert into cb.batch (domain, batch_id, total_count) values ('${domain}', '${batchId}', 1000);
		insert into cb.batch_progress (domain, batch_id, completed_count, failed_count, canceled_count)
		select '${domain}', gen_random_uuid(), 1, 0, 0 from generate_series(1, ${batchCount});
		with process as (
			insert into cb.process (process_id, domain, process_type, status, business_key, state)
			select id, '${domain}', 'Statement', 'WAITING_FOR_REPLY', id, '{}' from (select gen_random_uuid() as id from generate_series(1, ${processCount})) made
			returning process_id
		)
		insert into cb.process_step (process_id, command_id, position, step, kind, domain, command_type)
		select process_id, gen_random_uuid(), 1, 'ONE', 'forward', '${domain}', 'Charge' from process;
		insert into cb.process_event (process_id, type) select process_id, 'STARTED' from cb.process;
		insert into pgmq.q_${replyTo} (vt, message) select now(), '{}' from generate_series(1, 5000);
		select setval('pgmq.q_${domain}__commands_msg_id_seq', 1000000)`);
}
