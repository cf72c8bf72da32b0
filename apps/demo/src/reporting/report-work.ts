/** What each command of a statement report does. Used by the handlers, and by an operator who does a step by hand. */
import { PermanentCommandError } from '@cb/core';
import type { Queryable } from '@cb/pg';
import { LedgerLineSchema, readLedgerLines } from '../statements/read-ledger-lines.ts';
import type { LedgerLine } from '../statements/read-ledger-lines.ts';
import type { AccountTotal } from './commands.ts';
import { namesOf } from './statement-name.ts';
import type { RenderAttempt } from './statement-name.ts';
import { statementCsv, statementHtml } from './statement-text.ts';
import type { StatementFiles } from './statement-files.ts';

/** Where the work is done, and until when it is wanted. */
export interface ReportDesk {
	readonly files: StatementFiles;
	readonly database: Queryable;
}

interface Work<Data> {
	readonly commandId: string;
	readonly data: Data;
	readonly signal: AbortSignal;
}

export async function queryLedger(
	{ files, database }: ReportDesk,
	{ commandId, data, signal }: Work<{ readonly accountIds: readonly string[] }>,
): Promise<{ readonly ledgerFile: string; readonly lineCount: number }> {
	const lines = await readLedgerLines(database, data.accountIds);
	const ledgerFile = `ledger-${commandId}.jsonl`;
	await files.scratch.write(ledgerFile, lines.map((line) => `${JSON.stringify(line)}\n`).join(''), signal);
	return { ledgerFile, lineCount: lines.length };
}

export async function aggregateAccounts(
	{ files }: ReportDesk,
	{ data }: Work<{ readonly ledgerFile: string; readonly accountIds: readonly string[] }>,
): Promise<{ readonly totals: AccountTotal[] }> {
	const text = await files.scratch.read(data.ledgerFile);
	if (text === undefined) {
		throw new PermanentCommandError('LEDGER_FILE_MISSING', `"${data.ledgerFile}" is not there any more. Query again.`);
	}
	const lines = text
		.split('\n')
		.filter(Boolean)
		.map((line) => LedgerLineSchema.parse(JSON.parse(line)));
	return { totals: data.accountIds.map((accountId) => totalOf(accountId, lines)) };
}

export async function renderStatement(
	{ files }: ReportDesk,
	{
		data,
		signal,
		...render
	}: Work<{ readonly title: string; readonly totals: readonly AccountTotal[] }> & RenderAttempt,
): Promise<{ readonly files: string[] }> {
	const [csv, html] = namesOf(render);
	await files.rendered.write(csv, statementCsv(data.totals), signal);
	await files.rendered.write(html, statementHtml(data.title, data.totals), signal);
	return { files: [csv, html] };
}

export async function deleteRender(
	{ files }: ReportDesk,
	{ data }: Work<{ readonly files: readonly string[] }>,
): Promise<{ readonly deletedCount: number }> {
	return { deletedCount: await files.rendered.remove(data.files) };
}

function totalOf(accountId: string, lines: readonly LedgerLine[]): AccountTotal {
	const amounts = lines.filter((line) => line.accountId === accountId).map(({ amountCents }) => amountCents);
	return {
		accountId,
		inCents: sum(amounts.filter((amount) => amount > 0)),
		outCents: -sum(amounts.filter((amount) => amount < 0)) + 0,
		lineCount: amounts.length,
	};
}

function sum(amounts: readonly number[]): number {
	return amounts.reduce((total, amount) => total + amount, 0);
}
