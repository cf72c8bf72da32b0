/** `cb process`: workflows of several commands. Here is the looking side; what changes a process has its own file. */
import type { Command } from 'commander';
import type { ProcessFilter, ProcessStatus } from '@cb/core';
import type { Context } from '../context.ts';
import { examples } from '../examples.ts';
import { oneOf } from '../flags/choice.ts';
import { moment } from '../flags/moment.ts';
import { cursorFlag, limitFlag, nextPageHints, offsetFlag } from '../flags/page.ts';
import type { PageFlags } from '../flags/page.ts';
import { processStatusWords } from '../flags/statuses.ts';
import { watchFlag } from '../flags/watch.ts';
import type { WatchFlags } from '../flags/watch.ts';
import { findProcess } from '../process/find.ts';
import { openProcesses } from '../process/open.ts';
import type { Execute, Result } from '../result.ts';
import { counted } from '../view/count.ts';
import { processEventLine, processTable, processText } from '../view/process.ts';
import { timeline } from '../view/timeline.ts';
import { watch } from '../watch.ts';
import { addProcessBatches } from './process-batches.ts';
import { addGraph } from './process-graph.ts';
import { addProcessMoves } from './process-moves.ts';

const id = '019af3a2-5b1c-7e2d-8f00-3c1d5e7a9b10';

export function addProcessCommands(program: Command, execute: Execute): void {
	const command = program
		.command('process')
		.description('Workflows of several commands: find, look, start, override')
		.addHelpText('after', examples('cb process list --status waiting_for_tsq', `cb process show ${id}`));
	addList(command, execute);
	command
		.command('show')
		.argument('<id>', 'process id')
		.description('Show where a process stands and every step of it')
		.addOption(watchFlag())
		.addHelpText('after', examples(`cb process show ${id}`, `cb process show ${id} --watch`))
		.action((processId: string, flags: WatchFlags) =>
			execute((context) => watch(context, flags.watch, () => showProcess(context, processId))),
		);
	command
		.command('history')
		.argument('<id>', 'process id')
		.description('Show the audit trail of a process, oldest first')
		.addHelpText('after', examples(`cb process history ${id}`))
		.action((processId: string) => execute((context) => showHistory(context, processId)));
	addGraph(command, execute);
	addProcessMoves(command, execute);
	addProcessBatches(command, execute);
}

interface ListFlags extends PageFlags, WatchFlags {
	readonly type?: string | undefined;
	readonly domain?: string | undefined;
	readonly status?: readonly ProcessStatus[] | undefined;
	readonly batch?: string | undefined;
	readonly text?: string | undefined;
	readonly createdFrom?: Date | undefined;
	readonly createdTo?: Date | undefined;
}

const parseStatus = oneOf(processStatusWords, { parked: 'WAITING_FOR_TSQ' });

function addList(command: Command, execute: Execute): void {
	command
		.command('list')
		.description('List processes, newest first')
		.option('--type <type>', 'only of this process type')
		.option('--domain <domain>', 'only of this domain')
		.option(
			'--status <status>',
			`only these, separated by commas: ${processStatusWords.join(', ')}`,
			(text: string): readonly ProcessStatus[] => text.split(',').map(parseStatus),
		)
		.option('--batch <uuid>', 'only of this process batch')
		.option('--text <text>', 'only with this process id or business key')
		.option(
			'--created-from <time>',
			'started then or later: 2026-03-01, 2026-03-01T09:15:00Z, or 2h for two hours ago',
			moment,
		)
		.option('--created-to <time>', 'started then or earlier', moment)
		.addOption(limitFlag())
		.addOption(cursorFlag())
		.addOption(offsetFlag())
		.addOption(watchFlag())
		.addHelpText(
			'after',
			examples(
				'cb process list --type StatementReport',
				'cb process list --status waiting_for_tsq,compensating --watch',
			),
		)
		.action((flags: ListFlags) =>
			execute((context) => watch(context, flags.watch, () => listProcesses(context, flags))),
		);
}

async function listProcesses(context: Context, flags: ListFlags): Promise<Result> {
	const { limit, cursor, offset, domain, text, createdFrom, createdTo } = flags;
	const filter: ProcessFilter = {
		...{ domain, text, createdFrom, createdTo },
		processType: flags.type,
		statuses: flags.status,
		batchId: flags.batch,
	};
	const processes = await openProcesses(context);
	const [page, count] = await Promise.all([processes.list(filter, { limit, cursor, offset }), processes.count(filter)]);
	return {
		data: { ...page, count },
		text: async (screen) => {
			if (count === 0) return 'No process matches.';
			const table = await processTable(screen, page.items, filter);
			if (page.items.length === count) return table;
			return `${table}\n${screen.colors.dim(`${String(page.items.length)} of ${counted(count, 'process')}`)}`;
		},
		hints: nextPageHints(page),
	};
}

async function showProcess(context: Context, processId: string): Promise<Result> {
	const loaded = await findProcess(await openProcesses(context), processId);
	const parked = loaded.steps.filter(({ status }) => status === 'PARKED');
	return {
		data: loaded,
		text: (screen) => processText(screen, loaded),
		hints: parked.map(({ step, commandId }) => `Step ${step} waits for an operator: cb tsq list --text ${commandId}`),
	};
}

async function showHistory(context: Context, processId: string): Promise<Result> {
	const processes = await openProcesses(context);
	const events = await processes.history(processId);
	if (events.length === 0) await findProcess(processes, processId);
	return { data: events, text: (screen) => timeline(screen, events.map(processEventLine)) };
}
