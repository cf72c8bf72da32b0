/** Every defect that the checks must find, with the check that must find it. */
import { calm } from '../scenarios/calm.ts';
import { operators } from '../scenarios/operators.ts';
import { killEvery } from './kill-role.ts';
import type { Mutation } from './mutation.ts';

const isEarly = `c.reply_to = 'chaos__replies' and c.command_type = 'Book'`;

const replyEarlyFunction = `
	create function chaos.reply_early(domain text, command_id uuid, result jsonb) returns void
		language plpgsql
		security definer
		set search_path = pg_catalog, pg_temp
	as $body$
	begin
		perform cb.send_answers(array[c.reply_to], array[cb.reply_message(c, 'SUCCESS', $3, null)], null)
		from cb.command c
		where c.domain = $1 and c.command_id = $2 and ${isEarly};
	end
	$body$;
	grant execute on function chaos.reply_early(text, uuid, jsonb) to public;`;

const ofCommands: readonly Mutation[] = [
	{
		name: 'fencing is removed: a worker may settle what it has lost',
		changes: [
			"i.kind = 'complete' and q.msg_id between i.msg_id and i.msg_id",
			"i.kind in ('park', 'fail') and q.msg_id between i.msg_id and i.msg_id",
			"i.kind = 'retry-later'",
		].map((which) => ({
			from: `where ${which} and q.read_ct = i.attempt and q.vt > clock_timestamp()`,
			to: `where ${which}`,
		})),
		defect: 'settles-late',
		scenario: calm,
		seconds: 4,
		caughtBy: {
			damage: 'doubled',
			check: 'no handler was called for a command that had ended, and none for an attempt that nobody received',
		},
	},
	{
		name: 'leases end earlier than their workers believe',
		isForLongRuns: true,
		changes: [
			{
				from: 'set vt = clock_timestamp() + make_interval(secs => $3),',
				to: 'set vt = clock_timestamp() + make_interval(secs => $3 / 20),',
			},
		],
		scenario: calm,
		seconds: 3,
		caughtBy: { damage: 'doubled', check: 'no lease was handed out while another one ran' },
	},
	{
		name: 'the work of a handler is committed before its command is',
		defect: 'effects-before-commit',
		scenario: killEvery('worker'),
		seconds: 3,
		caughtBy: {
			damage: 'doubled',
			check: 'what a command does was done once if a handler completed it, and not at all otherwise',
		},
	},
	{
		name: 'a reply is sent before its command is committed',
		isForLongRuns: true,
		defect: 'reply-before-commit',
		setUp: replyEarlyFunction,
		changes: [
			{
				from: `when a.kind = 'complete' then cb.reply_message`,
				to: `when a.kind = 'complete' and ${isEarly} then null when a.kind = 'complete' then cb.reply_message`,
			},
		],
		scenario: killEvery('worker'),
		seconds: 3,
		caughtBy: {
			damage: 'doubled',
			check: 'no command has more than one reply, and none that has not ended or asked for none',
		},
	},
	{
		name: 'answers are sent twice',
		changes: [
			{
				from: 'queues := cb.send_answers(queues, answers, headers);',
				to: 'perform cb.send_answers(queues, answers, headers); queues := cb.send_answers(queues, answers, headers);',
			},
		],
		scenario: calm,
		seconds: 1,
		caughtBy: {
			damage: 'doubled',
			check: 'no command has more than one reply, and none that has not ended or asked for none',
		},
	},
	{
		name: 'one answer in ten is forgotten',
		isForLongRuns: true,
		changes: [
			{
				from: 'queues := cb.send_answers(queues, answers, headers);',
				to: 'if random() > 0.1 then queues := cb.send_answers(queues, answers, headers); end if;',
			},
		],
		scenario: calm,
		seconds: 1,
		caughtBy: {
			damage: 'lost',
			check: 'every command that ended has its reply, with its outcome, correlation and result',
		},
	},
	{
		name: 'a refusal by a business rule is told as a success',
		isForLongRuns: true,
		changes: [
			{ from: `cb.reply_message(c, 'FAILED', null, a.error)`, to: `cb.reply_message(c, 'SUCCESS', null, a.error)` },
		],
		scenario: calm,
		seconds: 3,
		caughtBy: {
			damage: 'lost',
			check: 'every command that ended has its reply, with its outcome, correlation and result',
		},
	},
	{
		name: 'what a dead worker had never comes back',
		isForLongRuns: true,
		changes: [
			{
				from: 'q.vt <= due_by',
				to: `q.vt <= due_by and coalesce(q.headers -> 'cb_lease', 'null') = 'null'`,
			},
		],
		scenario: killEvery('worker'),
		seconds: 2,
		caughtBy: { damage: 'stuck', check: 'every command has ended' },
	},
	{
		name: 'one line in ten is left out of the audit',
		changes: [
			{
				from: `where e.reason is distinct from 'EXHAUSTED_BY_REDELIVERY'\n`,
				to: `where e.reason is distinct from 'EXHAUSTED_BY_REDELIVERY' and random() > 0.1\n`,
			},
		],
		scenario: calm,
		seconds: 1,
		caughtBy: {
			damage: 'inconsistent',
			check: 'every command moved as commands may, and its trail leads to where it is',
		},
	},
	{
		name: 'a second command of the same id is told to be accepted',
		isForLongRuns: true,
		changes: [
			{
				from: 'where n.msg_id not in (select s.msg_id from stored s)',
				to: 'where false',
			},
		],
		scenario: calm,
		seconds: 3,
		caughtBy: { damage: 'doubled', check: 'no command was accepted twice' },
	},
	{
		name: 'one message in twenty is not put on its queue',
		isForLongRuns: true,
		changes: [
			{
				from: 'where (n.msg_id in (select s.msg_id from stored s)) is true',
				to: 'where (n.msg_id in (select s.msg_id from stored s)) is true and random() > 0.05',
			},
		],
		scenario: calm,
		seconds: 1,
		caughtBy: { damage: 'stuck', check: 'every command has ended' },
	},
	{
		name: 'a send in a transaction of the caller does not belong to it',
		isForLongRuns: true,
		defect: 'send-outside-of-the-transaction',
		scenario: calm,
		seconds: 3,
		caughtBy: { damage: 'doubled', check: 'no command that was refused or rolled back is there' },
	},
];

const ofOthers: readonly Mutation[] = [
	{
		name: 'an operator may act on what is not parked any more',
		isForLongRuns: true,
		changes: [{ from: `if current.status <> 'IN_TROUBLESHOOTING_QUEUE' then`, to: 'if false then' }],
		scenario: operators,
		seconds: 4,
		caughtBy: {
			damage: 'inconsistent',
			check: 'every command moved as commands may, and its trail leads to where it is',
		},
	},
	{
		name: 'a retry by an operator begins no new generation',
		isForLongRuns: true,
		changes: [{ from: `generation = c.generation + case action when 'retry' then 1 else 0 end,`, to: '' }],
		scenario: calm,
		seconds: 2,
		caughtBy: {
			damage: 'inconsistent',
			check: 'every command moved as commands may, and its trail leads to where it is',
		},
	},
	{
		name: 'a batch ends before its last member',
		changes: [{ from: 'e.canceled_count = b.total_count', to: 'e.canceled_count >= b.total_count - 1' }],
		scenario: calm,
		seconds: 1,
		caughtBy: {
			damage: 'doubled',
			check: 'the counts of a batch are those of its members, and its status follows from them',
		},
	},
	{
		name: 'a batch counts a member twice',
		isForLongRuns: true,
		changes: [
			{
				from: `count(*) filter (where e.kind = 'complete'), count`,
				to: `2 * count(*) filter (where e.kind = 'complete'), count`,
			},
		],
		scenario: calm,
		seconds: 1,
		caughtBy: { damage: 'stuck', check: 'every batch is finished' },
	},
	{
		name: 'an answer is acknowledged before its process has moved',
		isForLongRuns: true,
		defect: 'acknowledge-before-advance',
		scenario: killEvery('router'),
		seconds: 5,
		caughtBy: { damage: 'stuck', check: 'every process has ended, and every step of it' },
	},
	{
		name: 'a process forgets what is left to undo',
		isForLongRuns: true,
		defect: 'forgets-what-to-undo',
		scenario: calm,
		seconds: 4,
		caughtBy: {
			damage: 'inconsistent',
			check:
				'what was done and can be undone was undone exactly where the process was compensated, and nothing else was',
		},
	},
];

export const mutations: readonly Mutation[] = [...ofCommands, ...ofOthers];
