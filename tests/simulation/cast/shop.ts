/** What the simulated system does: commands, and processes made of them. All of it in one domain. */
import { defineCommand } from '@cb/core';
import type { CommandDefinition } from '@cb/core';
import { defineProcess } from '@cb/process';
import type { ProcessDefinition } from '@cb/process';
import { z } from 'zod';

export const domain = 'shop';
/** Gets a message for each batch that has finished. */
export const doneQueue = 'shop__done';

const maxAttempts = 3;
const retry = { maxAttempts, backoff: { kind: 'fixed', delaysSeconds: [0, 2] } } as const;

const data = z.object({ number: z.int() });
/** Which run of its handler it comes from. */
const result = z.object({ run: z.int() });
type Data = z.output<typeof data>;
type Result = z.output<typeof result>;
export type ShopCommand = CommandDefinition<Data, Data, Result, Result>;

const define = (type: string): ShopCommand => defineCommand({ domain, type, data, result, retry });

export const Charge = define('Charge');
/** Sends a `Book` in the transaction that completes it. */
export const Transfer = define('Transfer');
export const Book = define('Book');
/** Nobody has a handler for it. */
export const Riddle = define('Riddle');

const Reserve = define('Reserve');
const Pay = define('Pay');
const Ship = define('Ship');
const Refund = define('Refund');
const Release = define('Release');

/** Those that a handler is registered for, beside `Transfer`. */
export const plainCommands = [Charge, Book, Reserve, Pay, Ship, Refund, Release];

/** In order; what is done is undone in reverse. */
export const forwardSteps = ['RESERVE', 'PAY', 'SHIP'];
export const undoOf: Readonly<Record<string, string | undefined>> = { RESERVE: 'RELEASE', PAY: 'REFUND' };

const StateSchema = z.object({ number: z.int(), answered: z.array(z.string()) });
type Step = 'RESERVE' | 'PAY' | 'SHIP' | 'REFUND' | 'RELEASE';
export type Order = ProcessDefinition<{ readonly number: number }, z.output<typeof StateSchema>, Step>;

interface Policies {
	readonly onFailed: 'fail' | 'compensate';
	readonly onCompensationFailure: 'continue' | 'wait';
}

function defineOrder(type: string, policies: Policies): Order {
	const command = ({ number }: z.output<typeof StateSchema>): { readonly data: Data } => ({ data: { number } });
	const onReply =
		(step: Step) =>
		(state: z.output<typeof StateSchema>): z.output<typeof StateSchema> => ({
			...state,
			answered: [...state.answered, step],
		});
	return defineProcess({
		type,
		domain,
		input: z.object({ number: z.int() }),
		state: StateSchema,
		initialState: ({ number }) => ({ number, answered: [] }),
		first: 'RESERVE',
		steps: {
			RESERVE: {
				definition: Reserve,
				command,
				onReply: onReply('RESERVE'),
				next: 'PAY',
				compensation: 'RELEASE',
			},
			PAY: { definition: Pay, command, onReply: onReply('PAY'), next: 'SHIP', compensation: 'REFUND' },
			SHIP: { definition: Ship, command, onReply: onReply('SHIP'), next: 'end' },
			REFUND: { definition: Refund, command },
			RELEASE: { definition: Release, command },
		},
		...policies,
	});
}

export const orders: readonly Order[] = [
	defineOrder('Order', { onFailed: 'fail', onCompensationFailure: 'continue' }),
	defineOrder('CarefulOrder', { onFailed: 'compensate', onCompensationFailure: 'wait' }),
];
