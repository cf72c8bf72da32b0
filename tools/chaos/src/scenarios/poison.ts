/** Malformed, oversized, foreign, forged and doubled messages put on every queue, beside the good ones. */
import type { ChaosContext, Scenario } from '../scenario.ts';
import { repeatedly } from '../waiting.ts';
import { poisonFor } from './poison-messages.ts';
import type { PoisonedQueue } from './poison-messages.ts';

export const poison: Scenario = {
	name: 'poison',
	fault: 'malformed, oversized, foreign, forged and doubled messages are put on every queue',
	lines: ['C4', 'C5', 'C6', 'C7', 'C8', 'O1', 'O2', 'O5', 'O6'],
	open: () => ({ inject }),
};

async function inject({ signal, query, random, count, progress }: ChaosContext): Promise<void> {
	await repeatedly({ signal, intervalMs: 200 }, async () => {
		try {
			for (const queue of ['chaos__commands', 'chaos__process_replies'] as const) {
				await query(putText, [queue, poisonFor(queue, random)]);
				await query(doubleText(queue), [queue]);
			}
			await query(endedText);
			count();
		} catch (error) {
			// Together with other faults the server may be away.
			progress(`nothing put on the queues: ${String(error)}`);
		}
	});
}

/** What is put is noted in the same transaction, with where it must be found in the end (src/checks/poison.ts). */
const putText = `
	with put as (
		select s.msg_id from unnest($2::jsonb[]) as p (body) cross join lateral pgmq.send(queue_name => $1::text, msg => p.body) as s (msg_id)
	)
	insert into chaos.poison (queue, msg_id, is_set_aside) select $1::text, p.msg_id, true from put p`;

/** Copies of messages that wait there now, as whoever sends a message twice makes them. Of answers to processes one is taken, and the other ignored. */
function doubleText(queue: PoisonedQueue): string {
	const table = queue === 'chaos__commands' ? 'pgmq.q_chaos__commands' : 'pgmq.q_chaos__process_replies';
	return `
		with put as (
			select s.msg_id
			from (select q.message from ${table} q order by q.msg_id desc limit 3) l
			cross join lateral pgmq.send(queue_name => $1::text, msg => l.message) as s (msg_id)
		)
		insert into chaos.poison (queue, msg_id, is_set_aside) select $1::text, p.msg_id, $1::text = 'chaos__commands' from put p`;
}

/** Messages for commands that have ended. */
const endedText = `
	with put as (
		select s.msg_id
		from (
			select c.command_id, c.command_type from cb.command c where c.status in ('COMPLETED', 'CANCELED', 'FAILED') order by c.command_id desc limit 3
		) e
		cross join lateral pgmq.send(queue_name => 'chaos__commands', msg => jsonb_build_object('command_id', e.command_id, 'domain', 'chaos',
			'command_type', e.command_type, 'data', jsonb_build_object('number', 1))) as s (msg_id)
	)
	insert into chaos.poison (queue, msg_id, is_set_aside) select 'chaos__commands', p.msg_id, true from put p`;
