/** The process of a run: RESERVE → CHARGE → SHIP → NOTIFY, of which the first three can be undone. */
import { defineProcess } from '@cb/process';
import { z } from 'zod';
import { Charge, Notify, Recall, Refund, Release, Reserve, Ship, domain } from './commands.ts';

const StateSchema = z.object({ number: z.int(), tokens: z.array(z.string()) });

type State = z.output<typeof StateSchema>;

const command = ({ number }: State): { data: { number: number } } => ({ data: { number } });
const onReply = (state: State, { data }: { readonly data: { readonly token: string } }): State => ({
	...state,
	tokens: [...state.tokens, data.token],
});

export const Purchase = defineProcess({
	type: 'Purchase',
	domain,
	input: z.object({ number: z.int() }),
	state: StateSchema,
	initialState: ({ number }) => ({ number, tokens: [] }),
	first: 'RESERVE',
	steps: {
		RESERVE: { definition: Reserve, command, onReply, next: 'CHARGE', compensation: 'RELEASE' },
		CHARGE: { definition: Charge, command, onReply, next: 'SHIP', compensation: 'REFUND' },
		SHIP: { definition: Ship, command, onReply, next: 'NOTIFY', compensation: 'RECALL' },
		NOTIFY: { definition: Notify, command, onReply, next: 'end' },
		RELEASE: { definition: Release, command },
		REFUND: { definition: Refund, command },
		RECALL: { definition: Recall, command },
	},
	onFailed: 'compensate',
});
