import { defineCommand, domainQueues } from '@cb/core';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
	ada,
	addressOf,
	bob,
	domain,
	dropPayload,
	eventsOf,
	expectRefused,
	lastEventOf,
	openQueue,
	park,
	parkDue,
	queuedIn,
	receive,
	recordOf,
	repliesOn,
	send,
	settle,
	statusOf,
	textLike,
	unknownId,
} from './scenario.ts';

const Charge = defineCommand({ domain, type: 'Charge', data: z.object({ amount: z.int().positive() }) });

describe('retry', () => {
	it('J1 sends the same envelope again with a new message, attempts 0 and no error', async () => {
		const scenario = await openQueue();
		const command = await park(scenario);
		const before = await recordOf(scenario, command);
		const [archived] = await scenario.subject.archived(domainQueues(domain).commands);

		const result = await scenario.queue.retry({ ...addressOf(command), operator: ada, reason: 'account reopened' });

		const after = await recordOf(scenario, command);
		const [queued] = await scenario.subject.messages(domainQueues(domain).commands);
		expect(after).toMatchObject({ status: 'PENDING', attempts: 0, lastError: null, generation: 2 });
		expect(after.messageId).not.toBe(before.messageId);
		expect(queued).toEqual({ messageId: after.messageId, body: archived?.body });
		expect(result).toEqual({
			...addressOf(command),
			status: 'PENDING',
			version: after.version,
			generation: 2,
			messageId: after.messageId,
			isRepeated: false,
		});
		expect(await lastEventOf(scenario, command)).toMatchObject({
			type: 'OPERATOR_RETRY',
			details: { operator: ada, reason: 'account reopened', messageId: after.messageId },
		});
	});

	it('J1 keeps the attempts where asked', async () => {
		const scenario = await openQueue();
		const command = await park(scenario);

		await scenario.queue.retry({ ...addressOf(command), operator: ada, keepAttempts: true });

		expect((await recordOf(scenario, command)).attempts).toBe(1);
	});

	it('J2 takes the command off the list, and it can be completed', async () => {
		const scenario = await openQueue();
		const command = await park(scenario);

		await scenario.queue.retry({ ...addressOf(command), operator: ada });
		expect(await scenario.queue.count()).toBe(0);
		await settle(scenario, await receive(scenario), { kind: 'complete', result: { paid: true } });

		expect(await statusOf(scenario, command)).toBe('COMPLETED');
		expect(await repliesOn(scenario)).toMatchObject([{ outcome: 'SUCCESS', data: { paid: true }, generation: 2 }]);
	});

	it('J3 can be parked again', async () => {
		const scenario = await openQueue();
		const command = await park(scenario);
		await scenario.queue.retry({ ...addressOf(command), operator: ada });

		await parkDue(scenario);

		expect(await statusOf(scenario, command)).toBe('IN_TROUBLESHOOTING_QUEUE');
		expect(await scenario.queue.count()).toBe(1);
	});

	it('J4 is refused for a PENDING command, naming the status', async () => {
		const scenario = await openQueue();
		const command = await send(scenario);

		const error = await expectRefused(scenario, 'invalid-operation', () =>
			scenario.queue.retry({ ...addressOf(command), operator: ada }),
		);

		expect(error).toMatchObject({ status: 'PENDING', message: textLike('PENDING') });
	});

	it('J4 is refused for an IN_PROGRESS command', async () => {
		const scenario = await openQueue();
		const command = await send(scenario);
		await receive(scenario);

		await expectRefused(scenario, 'invalid-operation', () =>
			scenario.queue.retry({ ...addressOf(command), operator: ada }),
		);
	});

	it('J4 is refused for a COMPLETED command', async () => {
		const scenario = await openQueue();
		const command = await send(scenario);
		await settle(scenario, await receive(scenario), { kind: 'complete', result: null });

		await expectRefused(scenario, 'invalid-operation', () =>
			scenario.queue.retry({ ...addressOf(command), operator: ada }),
		);
	});

	it('J4 is refused for a FAILED command', async () => {
		const scenario = await openQueue();
		const command = await send(scenario);
		const error = { type: 'BUSINESS_RULE', code: 'NO', message: 'No.', details: null } as const;
		await settle(scenario, await receive(scenario), { kind: 'fail', error });

		await expectRefused(scenario, 'invalid-operation', () =>
			scenario.queue.retry({ ...addressOf(command), operator: ada }),
		);
	});

	it('J4 is refused for a CANCELED command, naming who canceled it, when and why', async () => {
		const scenario = await openQueue();
		const command = await park(scenario);
		await scenario.queue.cancel({ ...addressOf(command), operator: bob, reason: 'fraud' });

		const error = await expectRefused(scenario, 'invalid-operation', () =>
			scenario.queue.retry({ ...addressOf(command), operator: ada }),
		);

		expect(error).toMatchObject({
			status: 'CANCELED',
			lastAct: { action: 'cancel', operator: bob, reason: 'fraud' },
			message: textLike(/CANCELED, canceled by bob@example\.com at 2026-.*\(fraud\)/),
		});
	});

	it('J5 is refused for an unknown command', async () => {
		const scenario = await openQueue();

		await expectRefused(scenario, 'command-not-found', () =>
			scenario.queue.retry({ domain, commandId: unknownId, operator: ada }),
		);
	});

	it('J6 is refused without an archived payload', async () => {
		const scenario = await openQueue();
		const command = await park(scenario);
		await dropPayload(scenario, command);

		await expectRefused(scenario, 'invalid-operation', () =>
			scenario.queue.retry({ ...addressOf(command), operator: ada }),
		);
	});

	it('J7 leaves nothing behind when the transaction it joined rolls back', async () => {
		const scenario = await openQueue();
		const command = await park(scenario);

		await expectRefused(scenario, 'rolled-back', () =>
			scenario.subject.transaction(async (tx) => {
				await scenario.queue.retry({ ...addressOf(command), operator: ada }, { tx });
				throw Object.assign(new Error('the caller changed its mind'), { code: 'rolled-back' });
			}),
		);
	});

	it('J7 holds once the transaction it joined commits, and not before', async () => {
		const scenario = await openQueue();
		const command = await park(scenario);

		await scenario.subject.transaction(async (tx) => {
			await scenario.queue.retry({ ...addressOf(command), operator: ada }, { tx });
			expect(await queuedIn(scenario)).toBe(0);
		});

		expect(await queuedIn(scenario)).toBe(1);
	});

	it('J8 lets exactly one of two concurrent retries through', async () => {
		const scenario = await openQueue();
		const command = await park(scenario);

		const outcomes = await Promise.allSettled(
			[ada, bob].map((operator) => scenario.queue.retry({ ...addressOf(command), operator })),
		);

		expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
		expect(await queuedIn(scenario)).toBe(1);
		const acts = (await eventsOf(scenario, command)).filter(({ type }) => type === 'OPERATOR_RETRY');
		expect(acts).toHaveLength(1);
	});
});

describe('amendAndRetry', () => {
	it('J9 refuses a payload that violates the schema, with the paths', async () => {
		const scenario = await openQueue({ definitions: [Charge] });
		const command = await park(scenario);

		const error = await expectRefused(scenario, 'payload-invalid', () =>
			scenario.queue.amendAndRetry({ ...addressOf(command), operator: ada, reason: 'typo', data: { amount: -1 } }),
		);

		expect(error).toMatchObject({ issues: [{ path: '$.amount' }] });
	});

	it('J9 refuses a payload above the size limit', async () => {
		const scenario = await openQueue({ maxPayloadBytes: 100 });
		const command = await park(scenario);

		await expectRefused(scenario, 'payload-too-large', () =>
			scenario.queue.amendAndRetry({ ...addressOf(command), operator: ada, reason: 'more', data: 'x'.repeat(101) }),
		);
	});

	it('J10 processes the new payload, keeps the original readable, and audits diff, author and reason', async () => {
		const scenario = await openQueue({ definitions: [Charge] });
		const command = await park(scenario, { data: { amount: 4200 } });

		await scenario.queue.amendAndRetry({
			...addressOf(command),
			operator: ada,
			reason: 'cents, not euros',
			data: { amount: 42 },
		});

		const received = await receive(scenario);
		const { generations } = await scenario.queue.get(addressOf(command));
		expect(received.data).toEqual({ amount: 42 });
		expect(generations).toMatchObject([
			{ generation: 2, data: { amount: 42 } },
			{ generation: 1, data: { amount: 4200 } },
		]);
		const acts = (await eventsOf(scenario, command)).filter(({ type }) => type === 'OPERATOR_RETRY');
		expect(acts).toMatchObject([
			{
				details: {
					operator: ada,
					reason: 'cents, not euros',
					amendment: { diff: [{ op: 'replace', path: '/amount', value: 42 }] },
				},
			},
		]);
	});

	it('J10 takes a JSON Patch instead of the whole payload', async () => {
		const scenario = await openQueue();
		const command = await park(scenario, { data: { amount: 4200, card: { number: '4111' } } });

		await scenario.queue.amendAndRetry({
			...addressOf(command),
			operator: ada,
			reason: 'new card',
			patch: [{ op: 'replace', path: '/card/number', value: '5500' }],
		});

		expect((await receive(scenario)).data).toEqual({ amount: 4200, card: { number: '5500' } });
	});

	it('J10 stores what the schema makes of the payload', async () => {
		const Trimmed = defineCommand({ domain, type: 'Charge', data: z.object({ name: z.string().trim() }) });
		const scenario = await openQueue({ definitions: [Trimmed] });
		const command = await park(scenario, { data: { name: 'x' } });

		await scenario.queue.amendAndRetry({
			...addressOf(command),
			operator: ada,
			reason: 'name',
			data: { name: ' Ada ' },
		});

		expect((await receive(scenario)).data).toEqual({ name: 'Ada' });
	});

	it('refuses a patch that does not fit, naming the step', async () => {
		const scenario = await openQueue();
		const command = await park(scenario);

		const error = await expectRefused(scenario, 'invalid-argument', () =>
			scenario.queue.amendAndRetry({
				...addressOf(command),
				operator: ada,
				reason: 'x',
				patch: [{ op: 'remove', path: '/nothing/here' }],
			}),
		);

		expect(error).toMatchObject({ issues: [{ path: 'patch[0]' }] });
	});

	it('refuses when the archived payload is missing', async () => {
		const scenario = await openQueue();
		const command = await park(scenario);
		await dropPayload(scenario, command);

		await expectRefused(scenario, 'invalid-operation', () =>
			scenario.queue.amendAndRetry({ ...addressOf(command), operator: ada, reason: 'x', data: {} }),
		);
	});

	it('M7 returns the first result to a repeated amendment and changes nothing', async () => {
		const scenario = await openQueue();
		const command = await park(scenario);
		const request = { ...addressOf(command), operator: ada, reason: 'x', data: { amount: 1 }, requestId: 'click-1' };
		const first = await scenario.queue.amendAndRetry(request);

		const second = await scenario.queue.amendAndRetry(request);

		expect(second).toEqual({ ...first, isRepeated: true });
		expect(await queuedIn(scenario)).toBe(1);
	});
});
