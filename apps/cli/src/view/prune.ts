/** What a run of retention removed, or would remove. */
import type { PruneCounts, PruneReport } from '@cb/ops';
import type { Screen } from '../output.ts';
import { countText } from './count.ts';
import { table } from './table.ts';

export async function pruneTable(screen: Screen, report: PruneReport, isDryRun: boolean): Promise<string> {
	const rows = Object.entries(report.kinds).map(([kind, counts]: [string, PruneCounts]) => ({ kind, ...counts }));
	const drawn = await table(
		screen,
		[
			{ heading: 'KIND', cell: ({ kind }) => kind },
			{ heading: isDryRun ? 'WOULD GO' : 'GONE', align: 'right', cell: ({ pruned }) => countText(pruned) },
			{ heading: 'STAY', align: 'right', cell: ({ kept }) => countText(kept) },
			{ heading: 'ROWS', align: 'right', cell: (row) => countText(row.rows) },
		],
		rows,
	);
	const stopped = report.outcome === 'stopped' ? ' It was stopped before it was through.' : '';
	const seconds = (report.durationMs / 1_000).toFixed(1);
	return `${drawn}\n\nTook ${seconds} s; the longest chunk ${String(Math.round(report.longestChunkMs))} ms.${stopped}`;
}
