/** Batches on a screen: many as a table, one in full. */
import type { BatchEvent, BatchRecord } from '@cb/core';
import { endedCount, progressText } from '../batch/progress.ts';
import type { Screen } from '../output.ts';
import { countText } from './count.ts';
import { jsonBlock, record, section } from './record.ts';
import { statusPaint } from './status.ts';
import { table } from './table.ts';
import { ageText, momentWithAge } from './time.ts';

export function batchTable(screen: Screen, batches: readonly BatchRecord[]): Promise<string> {
	return table(
		screen,
		[
			{ heading: 'DOMAIN', cell: ({ domain }) => domain, minimum: 8 },
			{ heading: 'BATCH', cell: ({ batchId }) => batchId },
			{ heading: 'NAME', cell: ({ name }) => name ?? '', minimum: 6, dropOrder: 3 },
			{
				heading: 'STATUS',
				cell: ({ status }) => status,
				paint: (text, { status }) => statusPaint(screen, status)(text),
				minimum: 11,
			},
			{ heading: 'AGE', align: 'right', cell: ({ createdAt }) => ageText(createdAt, screen.now), dropOrder: 2 },
			{ heading: 'ENDED', align: 'right', cell: percentText },
			{ heading: 'TOTAL', align: 'right', cell: ({ totalCount }) => countText(totalCount) },
			{ heading: 'PARKED', align: 'right', cell: ({ parkedCount }) => countText(parkedCount), dropOrder: 1 },
		],
		batches,
	);
}

export function batchText(screen: Screen, batch: BatchRecord, events: readonly BatchEvent[]): string {
	const facts = record(screen, [
		['Batch', `${batch.domain} ${batch.batchId}`],
		['Name', batch.name ?? undefined],
		['Status', batch.status, statusPaint(screen, batch.status)],
		['Ended', `${countText(endedCount(batch))} of ${countText(batch.totalCount)} (${percentText(batch)})`],
		['Of them', progressText(batch)],
		['Tells', batch.completionQueue ?? undefined],
		['Created', momentWithAge(batch.createdAt, screen.now)],
		['Started', batch.startedAt === null ? undefined : momentWithAge(batch.startedAt, screen.now)],
		['Finished', batch.completedAt === null ? undefined : momentWithAge(batch.completedAt, screen.now)],
		['Data', batch.customData === null ? undefined : jsonBlock(batch.customData)],
	]);
	if (events.length === 0) return facts;
	const lines = events.map(({ at, type }) => `${momentWithAge(at, screen.now)}  ${type}`).join('\n');
	return [facts, section(screen, 'Events', lines)].join('\n\n');
}

/** Rounded down: 100% is the end, not almost. */
function percentText(batch: BatchRecord): string {
	return `${String(Math.floor((endedCount(batch) * 100) / batch.totalCount))}%`;
}
