/** `cb batch`: commands that were sent together, as a whole. */
import type { Command } from 'commander';
import type { BatchAddress, BatchRecord, BatchStatus, CommandBus } from '@cb/core';
import { startBatchProgress } from '../batch/progress.ts';
import type { Context } from '../context.ts';
import { examples } from '../examples.ts';
import { exitCodes } from '../exit-code.ts';
import { oneOf } from '../flags/choice.ts';
import { moment } from '../flags/moment.ts';
import { cursorFlag, limitFlag, nextPageHints, offsetFlag } from '../flags/page.ts';
import type { PageFlags } from '../flags/page.ts';
import { batchStatusWords } from '../flags/statuses.ts';
import { watchFlag } from '../flags/watch.ts';
import type { WatchFlags } from '../flags/watch.ts';
import type { Execute, Result } from '../result.ts';
import { batchTable, batchText } from '../view/batch.ts';
import { commandTable } from '../view/command.ts';
import { watch } from '../watch.ts';

const id = '019af3a2-5b1c-7e2d-8f00-3c1d5e7a9b10';

export function addBatchCommands(program: Command, execute: Execute): void {
	const batch = program
		.command('batch')
		.description('Look at batches of commands: how far they are, their members')
		.addHelpText('after', examples('cb batch list --status in_progress', `cb batch watch payments ${id}`));
	addList(batch, execute);
	withAddress(batch.command('show').description('Show a batch with its counts and its events'))
		.addOption(watchFlag())
		.addHelpText('after', examples(`cb batch show payments ${id}`))
		.action((domain: string, batchId: string, flags: WatchFlags) =>
			execute((context) => watch(context, flags.watch, () => showBatch(context, { domain, batchId }))),
		);
	withAddress(batch.command('members').description('List the commands of a batch, in order of sending'))
		.addOption(limitFlag())
		.addOption(cursorFlag())
		.addOption(offsetFlag())
		.addHelpText('after', examples(`cb batch members payments ${id} --limit 10`))
		.action((domain: string, batchId: string, flags: PageFlags) =>
			execute((context) => listMembers(context, { domain, batchId }, flags)),
		);
	withAddress(batch.command('watch').description('Wait until a batch has finished; exit code 13 with failures'))
		.addHelpText('after', examples(`cb batch watch payments ${id}`))
		.action((domain: string, batchId: string) => execute((context) => watchBatch(context, { domain, batchId })));
}

function withAddress(command: Command): Command {
	return command.argument('<domain>', 'whose batch it is').argument('<batch>', 'batch id');
}

interface ListFlags extends PageFlags, WatchFlags {
	readonly domain?: string | undefined;
	readonly status?: BatchStatus | undefined;
	readonly createdFrom?: Date | undefined;
	readonly createdTo?: Date | undefined;
}

function addList(batch: Command, execute: Execute): void {
	batch
		.command('list')
		.description('List batches, newest first')
		.option('--domain <domain>', 'only of this domain')
		.option('--status <status>', `only these: ${batchStatusWords.join(', ')}`, oneOf(batchStatusWords))
		.option('--created-from <time>', 'opened then or later: 2026-03-01, or 2h for two hours ago', moment)
		.option('--created-to <time>', 'opened then or earlier', moment)
		.addOption(limitFlag())
		.addOption(cursorFlag())
		.addOption(offsetFlag())
		.addOption(watchFlag())
		.addHelpText('after', examples('cb batch list', 'cb batch list --domain payments --status in_progress --watch'))
		.action((flags: ListFlags) => execute((context) => watch(context, flags.watch, () => listBatches(context, flags))));
}

async function listBatches(context: Context, flags: ListFlags): Promise<Result> {
	const { domain, status, createdFrom, createdTo, limit, cursor, offset } = flags;
	const filter = { domain, status, createdFrom, createdTo };
	const page = await withBus(context, (bus) => bus.listBatches(filter, { limit, cursor, offset }));
	return {
		data: page,
		text: (screen) => (page.items.length === 0 ? 'No batch matches.' : batchTable(screen, page.items)),
		hints: nextPageHints(page),
	};
}

async function showBatch(context: Context, address: BatchAddress): Promise<Result> {
	const batch = await withBus(context, (bus) => findBatch(bus, address));
	const events = await (await context.backend()).batches.history(address);
	const { domain, batchId, parkedCount } = batch;
	return {
		data: { ...batch, events },
		text: (screen) => batchText(screen, batch, events),
		hints: [
			`Its commands: cb batch members ${domain} ${batchId}`,
			...(parkedCount > 0 ? [`Those that wait for an operator: cb tsq list --text ${batchId}`] : []),
		],
	};
}

async function listMembers(
	context: Context,
	address: BatchAddress,
	{ limit, cursor, offset }: PageFlags,
): Promise<Result> {
	const page = await withBus(context, async (bus) => {
		await findBatch(bus, address);
		return bus.batchMembers(address, { limit, cursor, offset });
	});
	return {
		data: page,
		text: (screen) => commandTable(screen, page.items, { domain: address.domain }),
		hints: nextPageHints(page),
	};
}

const lookMs = 500;

/** Ends with the batch, or with Ctrl-C. */
async function watchBatch(context: Context, address: BatchAddress): Promise<Result> {
	const { clock } = await context.backend();
	const batch = await withBus(context, async (bus) => {
		let found = await findBatch(bus, address);
		const progress = await startBatchProgress(context, found);
		try {
			while (found.completedAt === null && !context.signal.aborted) {
				await clock.sleep(lookMs, context.signal);
				found = await findBatch(bus, address);
				progress.show(found);
			}
		} finally {
			progress.stop();
		}
		return found;
	});
	return {
		data: batch,
		text: (screen) => batchText(screen, batch, []),
		exitCode: batch.status === 'COMPLETED_WITH_FAILURES' ? exitCodes.notDone : exitCodes.ok,
	};
}

async function findBatch(bus: CommandBus, address: BatchAddress): Promise<BatchRecord> {
	const { BatchNotFoundError } = await import('@cb/core');
	const batch = await bus.getBatch(address);
	if (batch === undefined) throw new BatchNotFoundError(address.domain, address.batchId);
	return batch;
}

async function withBus<Answer>(context: Context, ask: (bus: CommandBus) => Promise<Answer>): Promise<Answer> {
	const [backend, { createCommandBus }] = await Promise.all([context.backend(), import('@cb/core')]);
	const bus = createCommandBus(backend);
	try {
		return await ask(bus);
	} finally {
		await bus.close();
	}
}
