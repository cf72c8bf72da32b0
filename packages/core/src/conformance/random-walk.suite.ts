/**
 * Guarantee: exactly one effective resolution. Whatever senders, workers, late workers, operators and strangers do to a set of commands, in any order and at
 * the same time: nothing is lost, nothing is answered twice, nothing stays behind, and every trail is a walk through the table of moves.
 */
import { describe, expect, it } from 'vitest';
import type { AuditEventType } from '../model/audit-event.ts';
import type { BatchAddress } from '../ports/batch-store.ts';
import type { NewCommand, ReceivedCommand } from '../model/command-record.ts';
import { isTerminal } from '../model/command-status.ts';
import { domainQueues } from '../model/ids.ts';
import type { ReplyOutcome } from '../model/message.ts';
import {
	aBatch,
	aReceive,
	anError,
	cancelOf,
	commands,
	completeOf,
	completed,
	domain,
	failed,
	parkedWith,
	retriedLater,
	retryOf,
} from './builders.ts';
import { elapseAll, historyOf, only, openWith, receiveAll, recordOf, repliesOf, settle } from './scenario.ts';
import type { BackendSubject, OpenSubject } from './subject.ts';

const queue = domainQueues(domain).commands;

export function randomWalkSuite(name: string, open: OpenSubject): void {
	describe(`${name}: whatever happens`, () => {
		it.each([1, 2, 3])('R6 D8 B14 loses, doubles and forgets nothing on random walk %i', async (seed) => {
			const subject = await openWith(open);
			const walk = await begin(subject, seed);

			for (let round = 0; round < 40; round++) await takeSteps(walk);
			await drain(walk);

			for (const command of walk.sent) await expectOneResolution(subject, command);
			expect(await subject.messages(queue)).toEqual([]);
			expect(await subject.backend.troubleshooting.count({})).toBe(0);
			const { totalCount, completedCount, failedCount, canceledCount } = only(await subject.backend.batches.finish());
			expect(completedCount + failedCount + canceledCount).toBe(totalCount);
			expect(totalCount).toBe(8);
		});
	});
}

interface Walk {
	readonly subject: BackendSubject;
	readonly sent: NewCommand[];
	/** Leases somebody has or had. */
	readonly leased: ReceivedCommand[];
	readonly batch: BatchAddress;
	/** One of a list, the same in every run. */
	readonly pick: <Item>(items: readonly Item[]) => Item | undefined;
}

async function begin(subject: BackendSubject, seed: number): Promise<Walk> {
	const [members, singles] = [commands(8), commands(4)];
	const batch = aBatch();
	await subject.backend.batches.open(batch, [members]);
	await subject.backend.commands.acceptAll(singles);
	const random = randomNumbers(seed);
	return {
		subject,
		batch,
		sent: [...members, ...singles],
		leased: [],
		pick: (items) => items[Math.floor(random() * items.length)],
	};
}

type Move = (walk: Walk) => Promise<unknown>;

const outcomes = [completed(), failed(), parkedWith(), retriedLater(10), retriedLater(0, anError({ code: 'BUSY' }))];
const acts = [retryOf, retryOf, cancelOf, completeOf] as const;

const moves: readonly Move[] = [
	receive,
	receive,
	answer,
	answer,
	answer,
	act,
	async ({ subject, sent, pick }) => {
		const command = pick(sent);
		if (command !== undefined && pick([true, false, false]) === true)
			await subject.backend.commands.cancel(command, 'raced');
	},
	async ({ subject, leased, pick }) => {
		const held = pick(leased);
		if (held !== undefined) await subject.backend.commands.extend(domain, [held.lease], 30);
	},
	async ({ subject, leased, pick }) => {
		const index = leased.indexOf(pick(leased) ?? expect.fail('the walk begins with a receive'));
		// Who gives a lease back forgets it: the next holder has the same attempt.
		for (const { lease } of leased.splice(index, 1)) await subject.backend.commands.release(domain, [lease]);
	},
	async ({ subject, sent, pick }) => {
		const stranger = pick(sent);
		if (stranger === undefined) return;
		const { commandId, commandType, correlationId } = stranger;
		const envelope = { command_id: commandId, command_type: commandType, domain, correlation_id: correlationId };
		await subject.putMessage(queue, { ...envelope, created_at: '2026-01-01T00:00:00.000Z', data: null });
	},
	async ({ subject, sent, pick }) => {
		const known = pick(sent);
		if (known !== undefined)
			expect(await subject.backend.commands.accept([known])).toMatchObject([{ kind: 'duplicate' }]);
	},
];

async function receive({ subject, leased }: Walk): Promise<void> {
	const { commands: received } = await subject.backend.commands.receive(aReceive({ limit: 3 }));
	leased.push(...received);
}

async function answer({ subject, leased, pick }: Walk): Promise<void> {
	const held = pick(leased);
	const outcome = pick(outcomes);
	if (held !== undefined && outcome !== undefined) await settle(subject, held, outcome);
}

async function act({ subject, sent, pick }: Walk): Promise<void> {
	const command = pick(sent);
	const request = pick(acts);
	if (command !== undefined && request !== undefined) await subject.backend.troubleshooting.act(request(command));
}

/** Three moves at the same time; between them, now and then, longer than a lease. */
async function takeSteps(walk: Walk): Promise<void> {
	if (walk.leased.length === 0) await receive(walk);
	const chosen = [1, 2, 3].map(() => walk.pick(moves) ?? receive);
	await Promise.all(chosen.map((move) => (walk.leased.length === 0 ? receive(walk) : move(walk))));
	if (walk.pick([true, false, false, false]) === true) await walk.subject.elapse(40_000);
}

/** Works everything off that is still on its way or parked. */
async function drain({ subject }: Walk): Promise<void> {
	for (let round = 0; round < 2; round++) {
		await elapseAll(subject);
		for (const received of await receiveAll(subject)) {
			expect(await settle(subject, received, completed())).toEqual({ kind: 'settled' });
		}
		const { items } = await subject.backend.troubleshooting.list({}, {});
		for (const item of items) await subject.backend.troubleshooting.act(completeOf(item));
	}
}

/** Which lines may follow which. A receipt that was given back leaves no line, so RECEIVED may follow where a receipt may. */
const successors: Readonly<Record<AuditEventType, readonly AuditEventType[]>> = {
	SENT: ['RECEIVED', 'CANCELED'],
	RECEIVED: ['RECEIVED', 'COMPLETED', 'FAILED', 'BUSINESS_RULE_FAILED', 'MOVED_TO_TROUBLESHOOTING_QUEUE', 'CANCELED'],
	FAILED: ['RECEIVED', 'MOVED_TO_TROUBLESHOOTING_QUEUE', 'CANCELED'],
	MOVED_TO_TROUBLESHOOTING_QUEUE: ['OPERATOR_RETRY', 'OPERATOR_CANCEL', 'OPERATOR_COMPLETE'],
	OPERATOR_RETRY: ['RECEIVED', 'CANCELED'],
	COMPLETED: [],
	BUSINESS_RULE_FAILED: [],
	CANCELED: [],
	OPERATOR_CANCEL: [],
	OPERATOR_COMPLETE: [],
};

const repliesByStatus: Readonly<Record<string, ReplyOutcome>> = {
	COMPLETED: 'SUCCESS',
	FAILED: 'FAILED',
	CANCELED: 'CANCELED',
};

async function expectOneResolution(subject: BackendSubject, command: NewCommand): Promise<void> {
	const { status, generation } = await recordOf(subject, command);
	const history = await historyOf(subject, command);
	const trail = history.map(({ type }) => type);

	expect(isTerminal(status), `${status} after ${trail.join(', ')}`).toBe(true);
	const { outcome, generation: answered } = only(await repliesOf(subject, command));
	expect([outcome, answered]).toEqual([repliesByStatus[status], generation]);
	for (const [index, type] of trail.slice(1).entries()) {
		const before = trail[index] ?? 'SENT';
		expect(successors[before], `${type} after ${trail.slice(0, index + 1).join(', ')}`).toContain(type);
	}
	expect(trail.filter((type) => type === 'OPERATOR_RETRY')).toHaveLength(generation - 1);
	expect(history.every((event) => event.sequence !== '')).toBe(true);
}

/** A small generator of pseudo-random numbers from 0 to 1: the same walk in every run. */
function randomNumbers(seed: number): () => number {
	let state = seed * 0x9e3779b9;
	return () => {
		state = (state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
	};
}
