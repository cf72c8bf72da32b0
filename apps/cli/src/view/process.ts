/** Processes on a screen: many as a table, one in full, their history, their batches. */
import type {
	LoadedProcess,
	ProcessBatchRecord,
	ProcessEvent,
	ProcessFilter,
	ProcessRecord,
	StepRecord,
} from '@cb/core';
import type { Screen } from '../output.ts';
import { detailLines } from './audit.ts';
import { countText } from './count.ts';
import { jsonBlock, record, section } from './record.ts';
import { statusPaint } from './status.ts';
import { table } from './table.ts';
import type { Column } from './table.ts';
import { ageText, momentWithAge, spanText } from './time.ts';
import type { TimelineEvent } from './timeline.ts';

/** `COMPENSATED !1`: one undo did not succeed. It is shown wherever the status is. */
function standText({ status, compensationErrors }: ProcessRecord): string {
	return compensationErrors === 0 ? status : `${status} !${String(compensationErrors)}`;
}

export function processTable(
	screen: Screen,
	processes: readonly ProcessRecord[],
	{ processType }: ProcessFilter,
): Promise<string> {
	const typeColumn: Column<ProcessRecord> = { heading: 'TYPE', cell: (row) => row.processType, minimum: 8 };
	const columns: readonly Column<ProcessRecord>[] = [
		...(processType === undefined ? [typeColumn] : []),
		{
			heading: 'STATUS',
			cell: standText,
			paint: (text, { status, compensationErrors }) =>
				compensationErrors > 0 ? screen.colors.red(text) : statusPaint(screen, status)(text),
		},
		{ heading: 'STEP', cell: ({ currentStep }) => currentStep ?? '', minimum: 6, dropOrder: 2 },
		{ heading: 'AGE', align: 'right', cell: ({ createdAt }) => ageText(createdAt, screen.now) },
		{ heading: 'PROCESS', cell: ({ processId }) => processId },
		{ heading: 'KEY', cell: ({ businessKey }) => businessKey ?? '', minimum: 8, dropOrder: 3 },
		{ heading: 'ERROR', cell: ({ error }) => error?.code ?? '', minimum: 10, dropOrder: 4 },
	];
	return table(screen, columns, processes);
}

export async function processText(screen: Screen, { process, steps }: LoadedProcess): Promise<string> {
	const { error, compensationPlan: plan, compensationErrors } = process;
	const facts = record(screen, [
		['Process', process.processId],
		['Type', `${process.processType} (domain ${process.domain})`],
		['Key', process.businessKey ?? undefined],
		['Status', process.status, statusPaint(screen, process.status)],
		['Step', process.currentStep ?? undefined],
		['Error', error === null ? undefined : `${error.type} ${error.code}`, screen.colors.red],
		['', error === null ? undefined : error.message],
		[
			'Still to undo',
			plan === null || plan.length === 0
				? undefined
				: plan.map(({ step, undoes }) => `${step} (undoes ${undoes})`).join(', '),
		],
		['Undo errors', compensationErrors === 0 ? undefined : String(compensationErrors), screen.colors.red],
		['Batch', process.batchId ?? undefined],
		['Version', String(process.version)],
		['Created', momentWithAge(process.createdAt, screen.now)],
		['Updated', momentWithAge(process.updatedAt, screen.now)],
		['Ended', process.completedAt === null ? undefined : momentWithAge(process.completedAt, screen.now)],
		['State', jsonBlock(process.state)],
	]);
	return [facts, section(screen, 'Steps', await stepTable(screen, steps))].join('\n\n');
}

function stepTable(screen: Screen, steps: readonly StepRecord[]): Promise<string> {
	const columns: readonly Column<StepRecord>[] = [
		{ heading: '#', align: 'right', cell: ({ position }) => String(position) },
		{
			heading: 'STEP',
			cell: ({ step, undoes }) => (undoes === null ? step : `${step} (undoes ${undoes})`),
			minimum: 10,
		},
		{ heading: 'STATUS', cell: ({ status }) => status, paint: (text, { status }) => statusPaint(screen, status)(text) },
		{ heading: 'TOOK', align: 'right', cell: (step) => tookText(step, screen.now) },
		{ heading: 'COMMAND', cell: ({ commandId }) => commandId },
		{ heading: 'ERROR', cell: ({ error }) => error?.code ?? '', minimum: 8, dropOrder: 1 },
	];
	return table(screen, columns, steps);
}

/** Up to the answer, or up to now, which the dots say. */
function tookText({ sentAt, answeredAt }: StepRecord, now: Date): string {
	const milliseconds = (answeredAt ?? now).getTime() - sentAt.getTime();
	if (answeredAt === null) return `${spanText(milliseconds / 1_000)}…`;
	return milliseconds < 10_000 ? `${String(Math.max(0, milliseconds))}ms` : spanText(milliseconds / 1_000);
}

export function processEventLine({ at, type, step, commandId, details }: ProcessEvent): TimelineEvent {
	return {
		at,
		name: type,
		facts: step === null ? [] : [step],
		lines: [...(commandId === null ? [] : [`command: ${commandId}`]), ...detailLines(details)],
	};
}

export function processBatchTable(screen: Screen, batches: readonly ProcessBatchRecord[]): Promise<string> {
	const counts = (
		heading: string,
		count: (row: ProcessBatchRecord) => number,
	): readonly Column<ProcessBatchRecord>[] =>
		batches.some((batch) => count(batch) > 0)
			? [{ heading, align: 'right', cell: (row) => countText(count(row)) }]
			: [];
	return table(
		screen,
		[
			{ heading: 'BATCH', cell: ({ batchId }) => batchId },
			{ heading: 'NAME', cell: ({ name }) => name ?? '', minimum: 6, dropOrder: 2 },
			{ heading: 'AGE', align: 'right', cell: ({ createdAt }) => ageText(createdAt, screen.now), dropOrder: 1 },
			{ heading: 'TOTAL', align: 'right', cell: ({ totalCount }) => countText(totalCount) },
			...counts('COMPLETED', ({ completedCount }) => completedCount),
			...counts('FAILED', ({ failedCount }) => failedCount),
			...counts('COMPENSATED', ({ compensatedCount }) => compensatedCount),
			...counts('CANCELED', ({ canceledCount }) => canceledCount),
			...counts('BLOCKED', ({ blockedCount }) => blockedCount),
		],
		batches,
	);
}
