/** `cb process batches`: processes that were started together. */
import type { Command } from 'commander';
import type { ProcessBatchRecord } from '@cb/core';
import { CliError } from '../cli-error.ts';
import type { Context } from '../context.ts';
import { examples } from '../examples.ts';
import { exitCodes } from '../exit-code.ts';
import { cursorFlag, limitFlag, nextPageHints, offsetFlag } from '../flags/page.ts';
import type { PageFlags } from '../flags/page.ts';
import { watchFlag } from '../flags/watch.ts';
import type { WatchFlags } from '../flags/watch.ts';
import { openProcesses } from '../process/open.ts';
import type { Execute, Result } from '../result.ts';
import { processBatchTable } from '../view/process.ts';
import { watch } from '../watch.ts';

export function addProcessBatches(command: Command, execute: Execute): void {
	command
		.command('batches')
		.argument('[batch]', 'only this one')
		.description('List process batches, newest first, with the counts of their processes')
		.addOption(limitFlag())
		.addOption(cursorFlag())
		.addOption(offsetFlag())
		.addOption(watchFlag())
		.addHelpText(
			'after',
			examples('cb process batches', 'cb process batches 019af3a2-5b1c-7e2d-8f00-3c1d5e7a9b10 --watch'),
		)
		.action((batchId: string | undefined, flags: PageFlags & WatchFlags) =>
			execute((context) =>
				watch(context, flags.watch, () => (batchId === undefined ? list(context, flags) : showOne(context, batchId))),
			),
		);
}

async function list(context: Context, { limit, cursor, offset }: PageFlags): Promise<Result> {
	const processes = await openProcesses(context);
	const page = await processes.listBatches({ limit, cursor, offset });
	return {
		data: page,
		text: (screen) => (page.items.length === 0 ? 'No process batch.' : processBatchTable(screen, page.items)),
		hints: nextPageHints(page),
	};
}

async function showOne(context: Context, batchId: string): Promise<Result> {
	const [processes, { IdSchema, parseArgument }] = await Promise.all([openProcesses(context), import('@cb/core')]);
	const batch = await processes.getBatch(parseArgument(IdSchema, batchId, 'The batch id'));
	if (batch === undefined) throw batchNotFound(batchId);
	const batches: readonly ProcessBatchRecord[] = [batch];
	return {
		data: batch,
		text: (screen) => processBatchTable(screen, batches),
		hints: [`Its processes: cb process list --batch ${batchId}`],
	};
}

function batchNotFound(batchId: string): CliError {
	return new CliError(`Process batch ${batchId} does not exist.`, {
		code: 'batch-not-found',
		exitCode: exitCodes.notFound,
		advice: 'List what there is: cb process batches',
	});
}
