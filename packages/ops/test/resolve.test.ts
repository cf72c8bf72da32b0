/** Cancel and complete, the two ways to end a parked command. */
import { defineCommand } from '@cb/core';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
	ada,
	addressOf,
	bob,
	domain,
	dropPayload,
	expectRefused,
	lastEventOf,
	openQueue,
	park,
	parkDue,
	receive,
	recordOf,
	repliesOn,
	send,
	statusOf,
	unknownId,
} from './scenario.ts';

const Charge = defineCommand({
	domain,
	type: 'Charge',
	data: z.unknown(),
	result: z.object({ receipt: z.string() }),
});

describe('cancel', () => {
	it('K1 ends as CANCELED with one reply that has reason and correlation, and an audit line with operator and reason', async () => {
		const scenario = await openQueue();
		const command = await park(scenario);

		const result = await scenario.queue.cancel({ ...addressOf(command), operator: ada, reason: 'customer left' });

		expect(result).toMatchObject({ status: 'CANCELED', messageId: null, isRepeated: false });
		expect(await statusOf(scenario, command)).toBe('CANCELED');
		expect(await repliesOn(scenario)).toMatchObject([
			{
				outcome: 'CANCELED',
				command_id: command.commandId,
				correlation_id: command.correlationId,
				error: { code: 'CANCELED', message: 'customer left' },
			},
		]);
		expect(await lastEventOf(scenario, command)).toMatchObject({
			type: 'OPERATOR_CANCEL',
			details: { operator: ada, reason: 'customer left' },
		});
	});

	it('K2 sends no reply for a command without reply_to', async () => {
		const scenario = await openQueue();
		const command = await park(scenario, { replyTo: undefined });

		await scenario.queue.cancel({ ...addressOf(command), operator: ada, reason: 'x' });

		expect(await statusOf(scenario, command)).toBe('CANCELED');
		expect(await repliesOn(scenario)).toEqual([]);
	});

	it.each(['', '   ', '\n\t'])('K3 refuses the blank reason %j', async (reason) => {
		const scenario = await openQueue();
		const command = await park(scenario);

		const error = await expectRefused(scenario, 'invalid-argument', () =>
			scenario.queue.cancel({ ...addressOf(command), operator: ada, reason }),
		);

		expect(error).toMatchObject({ issues: [{ path: '$.reason' }] });
	});

	it('K4 is refused for a command that is not parked, and for an unknown one', async () => {
		const scenario = await openQueue();
		const command = await send(scenario);

		await expectRefused(scenario, 'invalid-operation', () =>
			scenario.queue.cancel({ ...addressOf(command), operator: ada, reason: 'x' }),
		);
		await expectRefused(scenario, 'command-not-found', () =>
			scenario.queue.cancel({ domain, commandId: unknownId, operator: ada, reason: 'x' }),
		);
		await expectRefused(scenario, 'command-not-found', () =>
			scenario.queue.cancel({ domain: 'reports', commandId: command.commandId, operator: ada, reason: 'x' }),
		);
	});

	it('K5 refuses a later retry, complete and cancel', async () => {
		const scenario = await openQueue();
		const address = addressOf(await park(scenario));
		await scenario.queue.cancel({ ...address, operator: ada, reason: 'x' });

		const later = [
			() => scenario.queue.retry({ ...address, operator: bob }),
			() => scenario.queue.complete({ ...address, operator: bob }),
			() => scenario.queue.cancel({ ...address, operator: bob, reason: 'y' }),
			() => scenario.queue.amendAndRetry({ ...address, operator: bob, reason: 'y', data: {} }),
		];

		for (const act of later) {
			const error = await expectRefused(scenario, 'invalid-operation', act);
			expect(error).toMatchObject({ status: 'CANCELED', lastAct: { operator: ada } });
		}
	});

	it('K6 does not execute a stray message of a canceled command', async () => {
		const scenario = await openQueue();
		const command = await park(scenario);
		const [archived] = await scenario.subject.archived('payments__commands');
		await scenario.queue.cancel({ ...addressOf(command), operator: ada, reason: 'x' });
		await scenario.subject.putMessage('payments__commands', archived?.body ?? null);

		const other = await send(scenario);

		expect((await receive(scenario)).commandId).toBe(other.commandId);
		expect(await statusOf(scenario, command)).toBe('CANCELED');
	});

	it('cancels without an archived payload', async () => {
		const scenario = await openQueue();
		const command = await park(scenario);
		await dropPayload(scenario, command);

		await scenario.queue.cancel({ ...addressOf(command), operator: ada, reason: 'lost' });

		expect(await statusOf(scenario, command)).toBe('CANCELED');
	});
});

describe('complete', () => {
	it('L1 ends as COMPLETED with a SUCCESS reply that has the data, and an audit line with operator and result', async () => {
		const scenario = await openQueue();
		const command = await park(scenario);

		await scenario.queue.complete({ ...addressOf(command), operator: ada, result: { receipt: 'r-1' } });

		expect(await recordOf(scenario, command)).toMatchObject({ status: 'COMPLETED', result: { receipt: 'r-1' } });
		expect(await repliesOn(scenario)).toMatchObject([
			{ outcome: 'SUCCESS', data: { receipt: 'r-1' }, correlation_id: command.correlationId, error: null },
		]);
		expect(await lastEventOf(scenario, command)).toMatchObject({
			type: 'OPERATOR_COMPLETE',
			details: { operator: ada, result: { receipt: 'r-1' } },
		});
	});

	it('L2 replies with null without data', async () => {
		const scenario = await openQueue();
		const command = await park(scenario);

		await scenario.queue.complete({ ...addressOf(command), operator: ada });

		expect(await repliesOn(scenario)).toMatchObject([{ outcome: 'SUCCESS', data: null }]);
	});

	it('L3 is refused for a command that is not parked, and for an unknown one', async () => {
		const scenario = await openQueue();
		const command = await send(scenario);

		await expectRefused(scenario, 'invalid-operation', () =>
			scenario.queue.complete({ ...addressOf(command), operator: ada }),
		);
		await expectRefused(scenario, 'command-not-found', () =>
			scenario.queue.complete({ domain, commandId: unknownId, operator: ada }),
		);
	});

	it('L4 cannot be changed by a worker with an old lease', async () => {
		const scenario = await openQueue();
		const command = await send(scenario);
		const old = await receive(scenario);
		await scenario.subject.elapse(60_000);
		await parkDue(scenario);
		await scenario.queue.complete({ ...addressOf(command), operator: ada, result: 1 });

		const outcomes = await scenario.backend.commands.settle(domain, [
			{ kind: 'complete', result: 2, lease: old.lease },
		]);

		expect(outcomes).toEqual([{ kind: 'lease-lost' }]);
		expect(await recordOf(scenario, command)).toMatchObject({ status: 'COMPLETED', result: 1 });
		expect(await repliesOn(scenario)).toHaveLength(1);
	});

	it('P17 refuses a result that violates the result schema, with the paths', async () => {
		const scenario = await openQueue({ definitions: [Charge] });
		const command = await park(scenario);

		const error = await expectRefused(scenario, 'payload-invalid', () =>
			scenario.queue.complete({ ...addressOf(command), operator: ada, result: { receipt: 7 } }),
		);

		expect(error).toMatchObject({ issues: [{ path: '$.receipt' }] });
	});

	it('P17 accepts a result that matches, and any for a command without definition', async () => {
		const scenario = await openQueue({ definitions: [Charge] });
		const defined = await park(scenario);
		const other = await park(scenario, { commandType: 'Refund' });

		await scenario.queue.complete({ ...addressOf(defined), operator: ada, result: { receipt: 'r' } });
		await scenario.queue.complete({ ...addressOf(other), operator: ada, result: [1] });

		expect(await scenario.queue.count()).toBe(0);
	});
});
