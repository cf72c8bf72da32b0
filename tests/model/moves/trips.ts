/** The processes of `semantics/trip.ts` as their author would define them. */
import { defineCommand } from '@cb/core';
import type { JsonValue } from '@cb/core';
import { defineProcess } from '@cb/process';
import { z } from 'zod';
import { policies } from '../semantics/trip.ts';
import { domain } from '../stage.ts';
import { commandType } from './senders.ts';

const StateSchema = z.object({ of: z.string(), results: z.array(z.unknown()) });

type State = z.output<typeof StateSchema>;

/** Every step sends the same type of command: what it carries says which step it is. */
const Act = defineCommand({
	domain,
	type: commandType,
	data: z.object({ of: z.string(), step: z.string() }),
	result: z.json(),
});

const act = (step: string) => ({ definition: Act, command: ({ of }: State) => ({ data: { of, step } }) });

const collect = ({ of, results }: State, { data }: { readonly data: JsonValue }): State => ({
	of,
	results: [...results, data],
});

const trip = (type: keyof typeof policies) =>
	defineProcess({
		type,
		domain,
		input: z.object({ of: z.string() }),
		state: StateSchema,
		initialState: ({ of }) => ({ of, results: [] }),
		first: 'BOOK',
		steps: {
			BOOK: { ...act('BOOK'), onReply: collect, next: 'PAY', compensation: 'UNBOOK' },
			PAY: { ...act('PAY'), onReply: collect, next: 'SHIP', compensation: 'REPAY' },
			SHIP: { ...act('SHIP'), onReply: collect, next: 'end' },
			REPAY: act('REPAY'),
			UNBOOK: act('UNBOOK'),
		},
		...policies[type],
	});

export const trips = { Plain: trip('Plain'), Careful: trip('Careful') } as const;
