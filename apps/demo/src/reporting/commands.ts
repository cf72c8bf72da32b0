/** The steps of a statement report, as commands. Files are passed on by name; where they lie is the workers' business. */
import { defineCommand } from '@cb/core';
import { z } from 'zod';

export const reportingDomain = 'reporting';

/** No way out of the directory of the workers. */
export const FileNameSchema = z.string().regex(/^[a-z0-9-]+\.(jsonl|csv|html)$/, 'is not the name of a file of ours');

export const AccountTotalSchema = z.object({
	accountId: z.string(),
	inCents: z.int(),
	outCents: z.int(),
	lineCount: z.int().min(0),
});

export type AccountTotal = z.output<typeof AccountTotalSchema>;

const AccountIdsSchema = z.array(z.string().min(1).max(64)).min(1).max(100);

export const QueryDataSchema = z.object({ accountIds: AccountIdsSchema });
export const AggregateDataSchema = z.object({ ledgerFile: FileNameSchema, accountIds: AccountIdsSchema });
export const RenderDataSchema = z.object({
	title: z.string().min(1).max(200),
	totals: z.array(AccountTotalSchema),
});
export const DeleteDataSchema = z.object({ files: z.array(FileNameSchema) });

/** Reads the lines of some accounts from the ledger into a file. */
export const QueryLedger = defineCommand({
	domain: reportingDomain,
	type: 'QueryLedger',
	data: QueryDataSchema,
	result: z.object({ ledgerFile: FileNameSchema, lineCount: z.int().min(0) }),
});

/** Adds the lines in the file up, account by account. */
export const AggregateAccounts = defineCommand({
	domain: reportingDomain,
	type: 'AggregateAccounts',
	data: AggregateDataSchema,
	result: z.object({ totals: z.array(AccountTotalSchema) }),
});

/** Writes the statement, for programs and for people. */
export const RenderStatement = defineCommand({
	domain: reportingDomain,
	type: 'RenderStatement',
	data: RenderDataSchema,
	result: z.object({ files: z.array(FileNameSchema) }),
});

/** Undo `RenderStatement`. */
export const DeleteRender = defineCommand({
	domain: reportingDomain,
	type: 'DeleteRender',
	data: DeleteDataSchema,
	result: z.object({ deletedCount: z.int().min(0) }),
});
