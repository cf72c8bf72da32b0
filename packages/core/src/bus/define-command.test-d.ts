import { describe, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import { commandRequest } from './command-request.ts';
import type { CommandBus } from './command-bus.ts';
import { defineCommand } from './define-command.ts';
import { createHandlers } from '../handling/handler-registry.ts';
import type { HandlerLookup } from '../handling/handler-registry.ts';
import type { Command, HandlerContext } from '../handling/handler.ts';

const Debit = defineCommand({
	domain: 'payments',
	type: 'Debit',
	data: z.object({ account: z.string(), cents: z.int(), currency: z.string().default('EUR') }),
	result: z.object({ balance: z.int() }),
});
const Ping = defineCommand({ domain: 'payments', type: 'Ping', data: z.object({}) });

interface Tx {
	query(text: string): Promise<number>;
}
declare const bus: CommandBus<Tx>;
declare const tx: Tx;

describe('a definition', () => {
	it('lets a sender pass what the schema takes, defaults left out', () => {
		void bus.send(Debit, { account: 'a', cents: 1 });
		void bus.send(Debit, { account: 'a', cents: 1 }, { tx });
		commandRequest(Debit, { account: 'a', cents: 1, currency: 'USD' });
	});

	it('refuses other data and other options at compile time', () => {
		// @ts-expect-error cents is missing
		void bus.send(Debit, { account: 'a' });
		// @ts-expect-error cents is a number
		commandRequest(Debit, { account: 'a', cents: '1' });
		// @ts-expect-error there is no such option
		void bus.send(Debit, { account: 'a', cents: 1 }, { delay: 1 });
		// @ts-expect-error a transaction of the backend is wanted
		void bus.send(Debit, { account: 'a', cents: 1 }, { tx: 'tx' });
	});

	it('refuses a result that has no JSON form', () => {
		// @ts-expect-error a Date has no JSON form
		defineCommand({ domain: 'payments', type: 'When', data: z.object({}), result: z.date() });
	});
});

describe('a handler', () => {
	it('gets what the schema makes', () => {
		createHandlers<Tx>().on(Debit, (command, context) => {
			expectTypeOf(command).toEqualTypeOf<Command<{ account: string; cents: number; currency: string }>>();
			expectTypeOf(context).toEqualTypeOf<HandlerContext<Tx>>();
			return { balance: command.data.cents };
		});
	});

	it('must return what the result schema takes', () => {
		// @ts-expect-error the balance is missing
		createHandlers().on(Debit, () => ({}));
		const text = (): Promise<{ balance: string }> => Promise.resolve({ balance: 'x' });
		// @ts-expect-error the balance is a number
		createHandlers().on(Debit, (_command, { transaction }) => transaction(text));
		createHandlers<Tx>().on(Debit, async (_command, { transaction }) =>
			transaction(async (open) => ({ balance: await open.query('') })),
		);
	});

	it('may return nothing or any JSON without a result schema', () => {
		createHandlers()
			.on(Ping, () => undefined)
			.on(Ping, async () => {
				await Promise.resolve();
			})
			.on(Ping, () => {
				expectTypeOf(1).toBeNumber();
			})
			.on(Ping, () => ({ pong: true }));
		// @ts-expect-error a function has no JSON form
		createHandlers().on(Ping, () => () => 1);
	});
});

describe('handlers that use no transaction', () => {
	it('fit a worker on any backend', () => {
		const handlers = createHandlers().on(Ping, () => undefined);

		expectTypeOf(handlers).toExtend<HandlerLookup<Tx>>();
	});

	it('cannot be those that need another transaction than the backend has', () => {
		const handlers = createHandlers<{ other(): void }>().on(Ping, (_command, { transaction }) =>
			transaction((other) => {
				other.other();
				return Promise.resolve();
			}),
		);

		expectTypeOf(handlers).not.toExtend<HandlerLookup<Tx>>();
	});
});
