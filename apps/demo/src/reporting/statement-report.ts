/**
 * The statement report: query, aggregate, render. Only rendering leaves something that must be taken back; a step that is refused ends the
 * report as FAILED, a step that an operator cancels undoes what was rendered.
 */
import { defineProcess } from '@cb/process';
import { z } from 'zod';
import {
	AccountTotalSchema,
	AggregateAccounts,
	DeleteRender,
	FileNameSchema,
	QueryLedger,
	RenderStatement,
	reportingDomain,
} from './commands.ts';

const InputSchema = z.object({
	accountIds: z.array(z.string().min(1).max(64)).min(1).max(100),
	title: z.string().min(1).max(200).default('Statement'),
});

const StateSchema = z.object({
	accountIds: z.array(z.string()),
	title: z.string(),
	ledgerFile: FileNameSchema.nullable(),
	totals: z.array(AccountTotalSchema),
	/** The rendered statement. */
	files: z.array(FileNameSchema),
});

export const StatementReport = defineProcess({
	type: 'StatementReport',
	domain: reportingDomain,
	input: InputSchema,
	state: StateSchema,
	initialState: ({ accountIds, title }) => ({ accountIds, title, ledgerFile: null, totals: [], files: [] }),
	first: 'QUERY',
	steps: {
		QUERY: {
			definition: QueryLedger,
			command: ({ accountIds }) => ({ data: { accountIds } }),
			onReply: (state, { data }) => ({ ...state, ledgerFile: data.ledgerFile }),
			next: 'AGGREGATE',
		},
		AGGREGATE: {
			definition: AggregateAccounts,
			command: ({ ledgerFile, accountIds }) => ({ data: { ledgerFile: ledgerFile ?? '', accountIds } }),
			onReply: (state, { data }) => ({ ...state, totals: data.totals }),
			next: 'RENDER',
		},
		RENDER: {
			definition: RenderStatement,
			command: ({ title, totals }) => ({ data: { title, totals } }),
			onReply: (state, { data }) => ({ ...state, files: data.files }),
			next: 'end',
			compensation: 'DELETE_RENDER',
		},
		DELETE_RENDER: {
			definition: DeleteRender,
			command: ({ files }) => ({ data: { files } }),
		},
	},
});
