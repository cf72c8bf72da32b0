/** Whatever is sent comes back exactly as it went in, as data, as result, in the reply and beside a batch, or it is refused by name and leaves nothing. */
import { ReplyMessageSchema, commandRequest, defineCommand, exhaustedByRedelivery } from '@cb/core';
import type { JsonValue, ReceivedCommand } from '@cb/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { hostileText, payload } from './src/hostile.ts';
import { isSame } from './src/same.ts';
import { domain, openTargets, outcomeOf, replyQueue } from './src/target.ts';
import type { Target } from './src/target.ts';

const targets = await openTargets();
const Anything = defineCommand({ domain, type: 'Anything', data: z.unknown() });
const refusals = ['payload-invalid', 'payload-too-large'];

function expectSame(sent: unknown, received: unknown, where: string): void {
	if (!isSame(sent, received)) expect(received, `${where} came back as something else`).toStrictEqual(sent);
	expect(isSame(sent, received), `${where} came back as something else`).toBe(true);
}

/** Sends each value; those that were accepted, by command id. */
async function sendAll({ bus }: Target, values: readonly unknown[]): Promise<ReadonlyMap<string, unknown>> {
	const outcomes = await Promise.all(
		values.map((value) => outcomeOf(() => bus.send(Anything, value, { replyTo: replyQueue }))),
	);
	const accepted = new Map<string, unknown>();
	for (const [index, outcome] of outcomes.entries()) {
		if (outcome.kind === 'refused') expect(refusals).toContain(outcome.code);
		else accepted.set(outcome.value.commandId, values[index]);
	}
	return accepted;
}

async function receiveAll({ backend }: Target): Promise<readonly ReceivedCommand[]> {
	const { commands, rejected } = await backend.commands.receive({
		...{ domain, workerId: 'w', limit: 100, leaseSeconds: 3_600, maxAttemptsByType: {}, defaultMaxAttempts: 3 },
		exhausted: { error: exhaustedByRedelivery, fingerprint: 'f' },
	});
	expect(rejected).toEqual([]);
	return commands;
}

/** Completes each command with its own data as the result, and looks at the record and the reply. */
async function completeAll({ backend, bus }: Target, commands: readonly ReceivedCommand[]): Promise<void> {
	const settlements = commands.map(({ lease, data }) => ({ kind: 'complete', lease, result: data }) as const);
	await backend.commands.settle(domain, settlements);
	const records = await bus.getMany(commands);
	const replies = await backend.replies.receive(replyQueue, 100, 3_600);
	expect(replies).toHaveLength(commands.length);
	for (const { body } of replies) {
		const { data, command_id } = ReplyMessageSchema.parse(body);
		expectSame(commands.find(({ commandId }) => commandId === command_id)?.data, data, 'the reply');
	}
	for (const [index, { data }] of commands.entries()) expectSame(data, records[index]?.result, 'the result');
	await backend.replies.acknowledge(replies.map(({ lease }) => lease));
}

describe.each(targets)('what is sent $name', (target) => {
	it('2.10 comes back exactly as data, as result and in the reply, or is refused by name and stores nothing', async () => {
		let accepted = 0;
		let refused = 0;

		await fc.assert(
			fc.asyncProperty(fc.array(payload, { minLength: 1, maxLength: 20 }), async (values) => {
				const sent = await sendAll(target, values);
				const received = await receiveAll(target);

				expect(received.map(({ commandId }) => commandId).toSorted()).toEqual([...sent.keys()].toSorted());
				for (const { commandId, data } of received) expectSame(sent.get(commandId), data, 'the payload');
				await completeAll(target, received);
				accepted += sent.size;
				refused += values.length - sent.size;
			}),
			{ numRuns: 60 },
		);

		expect(accepted).toBeGreaterThan(100);
		expect(refused).toBeGreaterThan(100);
	});

	it('2.10 as data of a batch comes back exactly, or is refused by name and stores nothing', async () => {
		const { bus, everything } = target;

		await fc.assert(
			fc.asyncProperty(payload, async (customData) => {
				const before = await everything();
				const commands = [commandRequest(Anything, null, { delaySeconds: 3_600 })];

				const outcome = await outcomeOf(() => bus.createBatch({ commands, customData: customData as JsonValue }));

				if (outcome.kind === 'done') {
					const batch = await bus.getBatch(outcome.value);
					expectSame(customData ?? null, batch?.customData, 'the data of the batch');
				} else {
					expect(refusals).toContain(outcome.code);
					expect(await everything()).toEqual(before);
				}
			}),
			{ numRuns: 40, examples: [[new Proxy({ a: 1 }, {})]] },
		);
	});

	it('2.10 as headers comes back exactly, or is refused by name and stores nothing', async () => {
		const { bus } = target;
		const headers = fc
			.array(fc.tuple(hostileText, hostileText), { maxLength: 4 })
			.map((entries) => Object.fromEntries(entries));

		await fc.assert(
			fc.asyncProperty(headers, async (said) => {
				const outcome = await outcomeOf(() => bus.send(Anything, null, { headers: said }));

				const received = await receiveAll(target);
				expect(received).toHaveLength(outcome.kind === 'done' ? 1 : 0);
				for (const command of received) expectSame(said, command.headers, 'the headers');
				const { backend } = target;
				await backend.commands.settle(
					domain,
					received.map(({ lease }) => ({ kind: 'complete', lease, result: null })),
				);
			}),
			{ numRuns: 60, examples: [[JSON.parse('{"__proto__": "x"}') as Record<string, string>]] },
		);
	});
});
