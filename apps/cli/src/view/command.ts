/** Commands on a screen: many as a table, one in full. */
import type { CommandRecord } from '@cb/core';
import type { Screen } from '../output.ts';
import { cleanLine } from './clean.ts';
import { jsonBlock, record } from './record.ts';
import { commandStatusText, statusPaint } from './status.ts';
import { table } from './table.ts';
import type { Column } from './table.ts';
import { ageText, momentWithAge } from './time.ts';

/** What was asked for needs no column: it is the same in every row. */
export async function commandTable(
	screen: Screen,
	commands: readonly CommandRecord[],
	{ domain }: { readonly domain?: string | undefined } = {},
): Promise<string> {
	const domainColumn: Column<CommandRecord> = { heading: 'DOMAIN', cell: (command) => command.domain, minimum: 8 };
	return table(screen, [...(domain === undefined ? [domainColumn] : []), ...columns(screen)], commands);
}

function columns(screen: Screen): readonly Column<CommandRecord>[] {
	return [
		{ heading: 'TYPE', cell: ({ commandType }) => commandType, minimum: 10 },
		{
			heading: 'STATUS',
			cell: ({ status }) => commandStatusText(status),
			paint: (text, { status }) => statusPaint(screen, status)(text),
		},
		{ heading: 'AGE', align: 'right', cell: ({ createdAt }) => ageText(createdAt, screen.now) },
		{ heading: 'ATT', align: 'right', cell: ({ attempts }) => String(attempts), dropOrder: 1 },
		{ heading: 'COMMAND', cell: ({ commandId }) => commandId },
		{ heading: 'ERROR', cell: ({ lastError }) => lastError?.code ?? '', minimum: 12, dropOrder: 2 },
	];
}

export function commandText(screen: Screen, command: CommandRecord): string {
	const { lastError, maxAttempts } = command;
	return record(screen, [
		['Command', `${command.domain} ${command.commandId}`],
		['Type', command.commandType],
		['Status', command.status, statusPaint(screen, command.status)],
		[
			'Attempts',
			`${String(command.attempts)} of ${maxAttempts === null ? 'what its worker allows' : String(maxAttempts)}`,
		],
		['Generation', String(command.generation)],
		['Version', String(command.version)],
		['Correlation', command.correlationId],
		['Causation', command.causationId ?? undefined],
		['Reply to', command.replyTo ?? undefined],
		['Batch', command.batchId ?? undefined],
		['Created', momentWithAge(command.createdAt, screen.now)],
		['Updated', momentWithAge(command.updatedAt, screen.now)],
		['Ended', command.completedAt === null ? undefined : momentWithAge(command.completedAt, screen.now)],
		['Error', lastError === null ? undefined : `${lastError.type} ${lastError.code}`, screen.colors.red],
		['', lastError === null ? undefined : cleanLine(lastError.message)],
		['Result', command.result === null ? undefined : jsonBlock(command.result)],
	]);
}
