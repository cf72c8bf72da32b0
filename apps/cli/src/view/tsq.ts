/** Parked commands on a screen: as a list, as problems, one in full, and the health of the queues. */
import type { JsonValue, TroubleshootingFilter, TroubleshootingGroup, TroubleshootingItem } from '@cb/core';
import type { CommandDetails, HealthFinding, QueueHealthReport } from '@cb/ops';
import type { Screen } from '../output.ts';
import { auditLine } from './audit.ts';
import { cleanText } from './clean.ts';
import { commandText } from './command.ts';
import { countText, counted } from './count.ts';
import { jsonBlock, record, section } from './record.ts';
import { statusPaint } from './status.ts';
import { table } from './table.ts';
import type { Column } from './table.ts';
import { timeline } from './timeline.ts';
import { ageText, momentWithAge, spanText } from './time.ts';

/** Columns of what was asked for are left out: they are the same in every row. */
function domainAndType<Row extends { readonly domain: string; readonly commandType: string }>(
	filter: TroubleshootingFilter,
): readonly Column<Row>[] {
	return [
		...(filter.domain === undefined ? [{ heading: 'DOMAIN', cell: ({ domain }: Row) => domain, minimum: 6 }] : []),
		...(filter.commandType === undefined
			? [{ heading: 'TYPE', cell: ({ commandType }: Row) => commandType, minimum: 8 }]
			: []),
	];
}

export function itemTable(
	screen: Screen,
	items: readonly TroubleshootingItem[],
	filter: TroubleshootingFilter,
): Promise<string> {
	const columns: readonly Column<TroubleshootingItem>[] = [
		...domainAndType<TroubleshootingItem>(filter),
		{ heading: 'ERROR', cell: ({ lastErrorCode }) => lastErrorCode, minimum: 8, paint: screen.colors.red },
		{
			heading: 'ATT',
			align: 'right',
			cell: ({ attempts, maxAttempts }) => `${String(attempts)}/${String(maxAttempts)}`,
			dropOrder: 2,
		},
		{ heading: 'PARKED', align: 'right', cell: ({ parkedAt }) => ageText(parkedAt, screen.now) },
		{ heading: 'COMMAND', cell: ({ commandId }) => commandId },
		{ heading: 'MESSAGE', cell: ({ lastErrorMessage }) => lastErrorMessage, minimum: 20, dropOrder: 3 },
	];
	return table(screen, columns, items);
}

export function groupTable(
	screen: Screen,
	groups: readonly TroubleshootingGroup[],
	filter: TroubleshootingFilter,
): Promise<string> {
	const columns: readonly Column<TroubleshootingGroup>[] = [
		{ heading: 'COUNT', align: 'right', cell: ({ count }) => countText(count) },
		{ heading: 'FIRST', align: 'right', cell: ({ firstParkedAt }) => ageText(firstParkedAt, screen.now), dropOrder: 2 },
		{ heading: 'LAST', align: 'right', cell: ({ lastParkedAt }) => ageText(lastParkedAt, screen.now) },
		...domainAndType<TroubleshootingGroup>(filter),
		{ heading: 'ERROR', cell: ({ errorCode }) => errorCode, minimum: 12, paint: screen.colors.red },
		{ heading: 'FINGERPRINT', cell: ({ fingerprint }) => fingerprint },
		{ heading: 'MESSAGE', cell: ({ sampleMessage }) => sampleMessage, minimum: 20, dropOrder: 1 },
	];
	return table(screen, columns, groups);
}

export function detailsText(screen: Screen, { item, command, history, generations }: CommandDetails): string {
	const payloads =
		item === undefined ? generations : generations.filter(({ generation }) => generation < item.generation);
	return [
		...(item === undefined ? [commandText(screen, command)] : [itemText(screen, item), payloadSection(screen, item)]),
		...payloads.map(({ generation, data }) => jsonSection(screen, `Payload of generation ${String(generation)}`, data)),
		section(screen, 'History', timeline(screen, history.map(auditLine))),
	].join('\n\n');
}

function payloadSection(screen: Screen, { payload, isPayloadMissing }: TroubleshootingItem): string {
	if (!isPayloadMissing) return jsonSection(screen, 'Payload', payload);
	return section(
		screen,
		'Payload',
		'Missing: the archived message is gone. It can be canceled or completed, not retried.',
	);
}

function jsonSection(screen: Screen, heading: string, value: JsonValue): string {
	return section(screen, heading, cleanText(jsonBlock(value)));
}

function itemText(screen: Screen, item: TroubleshootingItem): string {
	const status = 'IN_TROUBLESHOOTING_QUEUE';
	return record(screen, [
		['Command', `${item.domain} ${item.commandId}`],
		['Type', item.commandType],
		['Status', status, statusPaint(screen, status)],
		['Error', `${item.lastErrorType} ${item.lastErrorCode}`, screen.colors.red],
		['Message', item.lastErrorMessage],
		['Details', item.lastErrorDetails === null ? undefined : jsonBlock(item.lastErrorDetails)],
		['Fingerprint', item.fingerprint],
		['Attempts', `${String(item.attempts)} of ${String(item.maxAttempts)}`],
		['Generation', String(item.generation)],
		['Version', String(item.version)],
		['Parked', momentWithAge(item.parkedAt, screen.now)],
		['Created', momentWithAge(item.createdAt, screen.now)],
		['Correlation', item.correlationId],
		['Reply to', item.replyTo ?? 'nobody'],
		['Batch', item.batchId ?? undefined],
		['Process', item.processId ?? undefined],
	]);
}

export async function healthText(
	screen: Screen,
	{ overall, findings, statistics }: QueueHealthReport,
): Promise<string> {
	const problems = findings.filter(({ severity }) => severity !== 'ok');
	const summary = `${statusPaint(screen, overall)(overall)}: ${counted(statistics.length, 'domain')}, ${counted(problems.length, 'finding')}`;
	if (problems.length === 0) return summary;
	const columns: readonly Column<HealthFinding>[] = [
		{
			heading: 'SEVERITY',
			cell: ({ severity }) => severity,
			paint: (text, { severity }) => statusPaint(screen, severity)(text),
		},
		{ heading: 'DOMAIN', cell: ({ domain }) => domain, minimum: 8 },
		{ heading: 'KIND', cell: ({ kind }) => kind },
		{ heading: 'VALUE', align: 'right', cell: (finding) => valueText(finding, finding.value) },
		{ heading: 'LIMIT', align: 'right', cell: (finding) => valueText(finding, finding.threshold) },
	];
	const advice = new Set(problems.map((problem) => problem.advice));
	return [await table(screen, columns, problems), '', ...[...advice].map((line) => `→ ${line}`), '', summary].join(
		'\n',
	);
}

function valueText({ kind }: HealthFinding, value: number): string {
	return kind === 'oldest-age' ? spanText(value) : countText(value);
}
