/** The examples of @cb/core's README. */
import {
	BusinessRuleError,
	PermanentCommandError,
	TransientCommandError,
	createCommandBus,
	createHandlers,
	createWorker,
	defineCommand,
	isCommandBusError,
} from '@cb/core';
import { createInMemoryBackend } from '@cb/core/memory';
import { expect, it } from 'vitest';
import { z } from 'zod';

it('sends, handles and waits on the in-memory backend, whose clock moves when it is told to', async () => {
	// #region smallest
	const Greet = defineCommand({
		domain: 'hello',
		type: 'Greet',
		data: z.object({ name: z.string() }),
		result: z.object({ greeting: z.string() }),
	});

	const backend = createInMemoryBackend(); // with a manual clock: time moves when you say so
	await backend.domains.create('hello');
	const bus = createCommandBus(backend);
	const handlers = createHandlers().on(Greet, ({ data }) => ({ greeting: `Hello, ${data.name}` }));
	const worker = createWorker({ backend, domain: 'hello', handlers });
	await worker.start();

	const receipt = await bus.send(Greet, { name: 'Ada' });
	await backend.clock.advance(1_000);
	const record = await bus.get(receipt);
	// #endregion smallest

	expect(record).toMatchObject({ status: 'COMPLETED', result: { greeting: 'Hello, Ada' } });
	await worker.stop();
});

it('says with the class of the error what is to become of the command', async () => {
	const Charge = defineCommand({ domain: 'shop', type: 'Charge', data: z.object({ card: z.string() }) });
	const backend = createInMemoryBackend();
	await backend.domains.create('shop');
	const bus = createCommandBus(backend);
	const charge = (card: string): Promise<string> =>
		Promise.resolve({ good: 'paid', poor: 'declined', broken: 'no such card', busy: 'busy' }[card] ?? '');

	// #region verdicts
	const handlers = createHandlers().on(Charge, async ({ data }) => {
		const answer = await charge(data.card);
		if (answer === 'busy') throw new TransientCommandError('BANK_BUSY', 'The bank is busy.'); // again, after the backoff
		if (answer === 'declined') throw new BusinessRuleError('DECLINED', 'The card was declined.'); // FAILED, with a reply
		if (answer !== 'paid') throw new PermanentCommandError('CARD_UNKNOWN', answer); // parked, for an operator
		return { answer };
	});
	// #endregion verdicts
	const worker = createWorker({ backend, domain: 'shop', handlers });
	await worker.start();
	const receipts = await Promise.all(['good', 'poor', 'broken', 'busy'].map((card) => bus.send(Charge, { card })));
	await backend.clock.advance(5_000);

	const records = await bus.getMany(receipts);
	expect(records.map((record) => record?.status)).toEqual([
		'COMPLETED',
		'FAILED',
		'IN_TROUBLESHOOTING_QUEUE',
		'PENDING',
	]);
	await worker.stop();
});

it('recognises errors by their code', async () => {
	const Charge = defineCommand({ domain: 'shop', type: 'Charge', data: z.object({ card: z.string() }) });
	const backend = createInMemoryBackend();
	await backend.domains.create('shop');
	const bus = createCommandBus(backend);
	const orderId = '0198c5a0-7f00-7000-8000-000000000002';
	await bus.send(Charge, { card: 'good' }, { commandId: orderId });

	async function chargeOnce(): Promise<'sent' | 'was sent before'> {
		// #region recognise
		try {
			await bus.send(Charge, { card: 'good' }, { commandId: orderId });
			return 'sent';
		} catch (error) {
			if (isCommandBusError(error, 'duplicate-command')) return 'was sent before';
			throw error;
		}
		// #endregion recognise
	}

	expect(await chargeOnce()).toBe('was sent before');
});
