/** Bulks on a screen: what a preview holds, how far one is, and what became of its items. */
import type { BulkBreakdown, BulkItem, BulkRecord, TroubleshootingFilter } from '@cb/core';
import { outcomeText, settledCount } from '../progress.ts';
import type { Screen } from '../output.ts';
import { countText } from './count.ts';
import { jsonBlock, record } from './record.ts';
import { statusPaint } from './status.ts';
import { table, tableWithNotes } from './table.ts';
import type { Column } from './table.ts';
import { ageText, momentWithAge } from './time.ts';

export function breakdownTable(screen: Screen, breakdown: readonly BulkBreakdown[]): Promise<string> {
	return table(
		screen,
		[
			{ heading: 'COUNT', align: 'right', cell: ({ count }) => countText(count) },
			{ heading: 'DOMAIN', cell: ({ domain }) => domain, minimum: 8 },
			{ heading: 'TYPE', cell: ({ commandType }) => commandType, minimum: 10 },
			{ heading: 'ERROR', cell: ({ errorCode }) => errorCode, minimum: 10, paint: screen.colors.red },
			{ heading: 'FINGERPRINT', cell: ({ fingerprint }) => fingerprint },
		],
		breakdown,
	);
}

export function bulkTable(screen: Screen, bulks: readonly BulkRecord[]): Promise<string> {
	return table(
		screen,
		[
			{ heading: 'BULK', cell: ({ bulkId }) => bulkId },
			{ heading: 'ACTION', cell: ({ action }) => action.action },
			{
				heading: 'STATUS',
				cell: ({ status }) => status,
				paint: (text, { status }) => statusPaint(screen, status)(text),
			},
			{
				heading: 'SETTLED',
				align: 'right',
				cell: (bulk) => `${countText(settledCount(bulk))}/${countText(bulk.totalCount)}`,
			},
			{ heading: 'AGE', align: 'right', cell: ({ createdAt }) => ageText(createdAt, screen.now) },
			{ heading: 'OPERATOR', cell: ({ operator }) => operator.id, minimum: 6, dropOrder: 1 },
			{ heading: 'OUTCOME', cell: (bulk) => outcomeText(bulk), minimum: 16, dropOrder: 2 },
		],
		bulks,
	);
}

export function bulkText(screen: Screen, bulk: BulkRecord): string {
	const { action, operator, startedAt, completedAt } = bulk;
	const filter = filterText(bulk.filter);
	return record(screen, [
		['Bulk', bulk.bulkId],
		['Status', bulk.status, statusPaint(screen, bulk.status)],
		['Action', action.action],
		['Reason', action.reason],
		['Result', action.result === undefined ? undefined : jsonBlock(action.result)],
		['Operator', operator.id],
		['Filter', filter === '' ? 'everything' : filter],
		['Items', countText(bulk.totalCount)],
		['Outcome', outcomeText(bulk)],
		['Previewed', momentWithAge(bulk.createdAt, screen.now)],
		['Started', startedAt === null ? undefined : momentWithAge(startedAt, screen.now)],
		['Ended', completedAt === null ? undefined : momentWithAge(completedAt, screen.now)],
		['Digest', bulk.status === 'PREVIEWED' ? bulk.digest : undefined],
	]);
}

function filterText(filter: TroubleshootingFilter): string {
	const fields: readonly (readonly [string, unknown])[] = Object.entries(filter);
	return fields
		.filter(([, value]) => value !== undefined && value !== null)
		.map(([name, value]) => `${name} ${value instanceof Date ? value.toISOString() : String(value)}`)
		.join(', ');
}

export function bulkItemTable(screen: Screen, items: readonly BulkItem[]): Promise<string> {
	const columns: readonly Column<BulkItem>[] = [
		{ heading: '#', align: 'right', cell: ({ position }) => String(position) },
		{
			heading: 'RESULT',
			cell: ({ status }) => status,
			paint: (text, { status }) => statusPaint(screen, status)(text),
		},
		{ heading: 'DOMAIN', cell: ({ domain }) => domain, minimum: 6 },
		{ heading: 'COMMAND', cell: ({ commandId }) => commandId },
	];
	return tableWithNotes(screen, { columns, noteOf: ({ explanation }) => explanation }, items);
}
