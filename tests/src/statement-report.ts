/**
 * The StatementReport of S062, with one step after RENDER so that there is something to undo, and a second step with an undo so that the undos
 * have an order: QUERY → AGGREGATE → RENDER → MAIL; DELETE_RENDER undoes RENDER, DROP_TOTALS undoes AGGREGATE, QUERY needs no undo.
 */
import { defineCommand } from '@cb/core';
import type { JsonValue } from '@cb/core';
import { defineProcess } from '@cb/process';
import type { ProcessDefinition } from '@cb/process';
import { z } from 'zod';

export const domain = 'reports';

const account = z.string();
const retry = { maxAttempts: 2, backoff: { kind: 'fixed', delaysSeconds: [0] } } as const;

export const Query = defineCommand({
	domain,
	type: 'Query',
	data: z.object({ account }),
	result: z.object({ rows: z.int() }),
	retry,
});
export const Aggregate = defineCommand({
	domain,
	type: 'Aggregate',
	data: z.object({ account, rows: z.int() }),
	result: z.object({ totalCents: z.int() }),
	retry,
});
export const Render = defineCommand({
	domain,
	type: 'Render',
	data: z.object({ account, totalCents: z.int() }),
	result: z.object({ file: z.string() }),
	retry,
});
export const Mail = defineCommand({ domain, type: 'Mail', data: z.object({ account, file: z.string() }), retry });
export const DropTotals = defineCommand({ domain, type: 'DropTotals', data: z.object({ account }), retry });
export const DeleteRender = defineCommand({
	domain,
	type: 'DeleteRender',
	data: z.object({ account, file: z.string() }),
	retry,
});

const StateSchema = z.object({
	account,
	rows: z.int().nullable(),
	totalCents: z.int().nullable(),
	file: z.string().nullable(),
});
type State = z.output<typeof StateSchema>;
type Step = 'QUERY' | 'AGGREGATE' | 'RENDER' | 'MAIL' | 'DROP_TOTALS' | 'DELETE_RENDER';
export type Report = ProcessDefinition<{ readonly account: string }, State, Step>;

interface Policies {
	readonly type?: string;
	/** Where its answers go; its commands belong to `reports` anyway. */
	readonly domain?: string;
	readonly onFailed?: 'fail' | 'compensate';
	readonly onCompensationFailure?: 'continue' | 'wait';
}

export function defineReport({ type = 'StatementReport', domain: home = domain, ...policies }: Policies = {}): Report {
	return defineProcess({
		type,
		domain: home,
		input: z.object({ account }),
		state: StateSchema,
		initialState: (input) => ({ account: input.account, rows: null, totalCents: null, file: null }),
		first: 'QUERY',
		steps: {
			QUERY: {
				definition: Query,
				command: (state) => ({ data: { account: state.account } }),
				onReply: (state, { data }) => ({ ...state, rows: data.rows }),
				next: 'AGGREGATE',
			},
			AGGREGATE: {
				definition: Aggregate,
				command: (state) => ({ data: { account: state.account, rows: state.rows ?? 0 } }),
				onReply: (state, { data }) => ({ ...state, totalCents: data.totalCents }),
				next: 'RENDER',
				compensation: 'DROP_TOTALS',
			},
			RENDER: {
				definition: Render,
				command: (state) => ({ data: { account: state.account, totalCents: state.totalCents ?? 0 } }),
				onReply: (state, { data }) => ({ ...state, file: data.file }),
				next: 'MAIL',
				compensation: 'DELETE_RENDER',
			},
			MAIL: {
				definition: Mail,
				command: (state) => ({ data: { account: state.account, file: state.file ?? '' } }),
				next: 'end',
			},
			DROP_TOTALS: { definition: DropTotals, command: (state) => ({ data: { account: state.account } }) },
			DELETE_RENDER: {
				definition: DeleteRender,
				command: (state) => ({ data: { account: state.account, file: state.file ?? '' } }),
			},
		},
		...policies,
	});
}

export const StatementReport = defineReport();
/** The same, but a FAILED answer is undone like a canceled one. */
export const CompensatingReport = defineReport({ type: 'CompensatingReport', onFailed: 'compensate' });

/** What the handler of each command returns when nothing is wrong, for an operator to complete it with. */
export const results: Readonly<Record<string, JsonValue>> = {
	Query: { rows: 3 },
	Aggregate: { totalCents: 1_250 },
	Render: { file: 'statement.html' },
	Mail: null,
	DropTotals: null,
	DeleteRender: null,
};
