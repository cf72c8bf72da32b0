/** Commands that a real worker parks, because their handler says so, until what was wrong has been mended. */
import { PermanentCommandError, createHandlers, commandRequest, defineCommand, domainQueues } from '@cb/core';
import type { AnyResult, CommandAddress, CommandDefinition, Handlers } from '@cb/core';
import type { Queryable } from '@cb/pg';
import { z } from 'zod';
import type { Scene } from './scene.ts';
import { until } from './until.ts';

const PaymentSchema = z.strictObject({ order: z.string(), cents: z.int().positive() });
type Payment = z.output<typeof PaymentSchema>;
type PaymentCommand = CommandDefinition<Payment, Payment, AnyResult>;

export interface Payments {
	readonly domain: string;
	readonly replyQueue: string;
	readonly Debit: PaymentCommand;
	readonly Refund: PaymentCommand;
	readonly handlers: Handlers<Queryable>;
	/** From now on handlers succeed with `{ paid: cents }`. */
	mend: () => void;
	/** From now on handlers park what they get, as at the beginning. */
	breakDown: () => void;
}

/** The definitions, and handlers that park everything as `GATEWAY_DOWN`. */
function paymentsOf(domain: string): Payments {
	let isBroken = true;
	function pay({ data }: { readonly data: Payment }): { readonly paid: number } {
		if (isBroken) throw new PermanentCommandError('GATEWAY_DOWN', `No gateway for order ${data.order}.`, { tried: 1 });
		return { paid: data.cents };
	}
	const Debit = defineCommand({ domain, type: 'Debit', data: PaymentSchema });
	const Refund = defineCommand({ domain, type: 'Refund', data: PaymentSchema });
	return {
		domain,
		replyQueue: domainQueues(domain).replies,
		Debit,
		Refund,
		handlers: createHandlers<Queryable>().on(Debit, pay).on(Refund, pay),
		mend: () => (isBroken = false),
		breakDown: () => (isBroken = true),
	};
}

/** A domain with a worker of its own, which parks until told otherwise. */
export async function openPayments(scene: Scene): Promise<Payments> {
	const payments = paymentsOf(await scene.newDomain());
	await scene.startWorker({ domain: payments.domain, handlers: payments.handlers, concurrency: 50 });
	return payments;
}

/** Sends commands and resolves when the worker has parked every one of them, with their addresses in order of sending. */
export async function parkMany(
	{ bus, count }: Scene,
	{ domain, Debit, replyQueue: replyTo }: Payments,
	amount: number,
): Promise<readonly CommandAddress[]> {
	const parked = (): Promise<number> =>
		count('select count(*) from cb.parked_command p where p.domain = $1::text', [domain]);
	const before = await parked();
	const orders = Array.from({ length: amount }, (_, index) => ({ order: `order ${index}`, cents: index + 1 }));
	const receipts = await bus.sendMany(orders.map((order) => commandRequest(Debit, order, { replyTo })));
	await until(parked, (now) => now === before + amount, { what: `${amount} more parked commands` });
	return receipts.map(({ commandId }) => ({ domain, commandId }));
}

/** Sends one payment and resolves when the worker has parked it. */
export async function park(scene: Scene, payments: Payments, command = payments.Debit): Promise<CommandAddress> {
	const { domain, replyQueue: replyTo } = payments;
	const { commandId } = await scene.bus.send(command, { order: 'o-17', cents: 500 }, { replyTo });
	await scene.bus.waitFor({ domain, commandId }, { until: 'settled' });
	return { domain, commandId };
}
