/** `cb tsq bulk show|list|results`: how far a bulk is, and what became of each item. */
import type { Command } from 'commander';
import type { BulkItemStatus } from '@cb/core';
import type { Context } from '../context.ts';
import { examples } from '../examples.ts';
import { oneOf } from '../flags/choice.ts';
import { cursorFlag, limitFlag, nextPageHints, offsetFlag } from '../flags/page.ts';
import type { PageFlags } from '../flags/page.ts';
import { bulkItemStatusWords } from '../flags/statuses.ts';
import { watchFlag } from '../flags/watch.ts';
import type { WatchFlags } from '../flags/watch.ts';
import type { Execute, Result } from '../result.ts';
import { openTroubleshooting } from '../tsq/open.ts';
import { bulkItemTable, bulkTable, bulkText } from '../view/bulk.ts';
import { watch } from '../watch.ts';

const id = '019af3a2-5b1c-7e2d-8f00-3c1d5e7a9b10';

export function addBulkLooks(bulk: Command, execute: Execute): void {
	bulk
		.command('show')
		.argument('<bulk>', 'bulk id')
		.description('Show one bulk and how far it is')
		.addOption(watchFlag())
		.addHelpText('after', examples(`cb tsq bulk show ${id} --watch`))
		.action((bulkId: string, flags: WatchFlags) =>
			execute((context) => watch(context, flags.watch, () => show(context, bulkId))),
		);
	bulk
		.command('list')
		.description('List bulks, newest first')
		.addOption(limitFlag())
		.addOption(cursorFlag())
		.addOption(offsetFlag())
		.addHelpText('after', examples('cb tsq bulk list --limit 10'))
		.action((flags: PageFlags) => execute((context) => list(context, flags)));
	bulk
		.command('results')
		.argument('<bulk>', 'bulk id')
		.description('List the items of a bulk, one result each, in their order')
		.option('--status <status>', `only these: ${bulkItemStatusWords.join(', ')}`, oneOf(bulkItemStatusWords))
		.addOption(limitFlag())
		.addOption(cursorFlag())
		.addOption(offsetFlag())
		.addHelpText('after', examples(`cb tsq bulk results ${id} --status skipped`))
		.action((bulkId: string, flags: ResultsFlags) => execute((context) => results(context, bulkId, flags)));
}

async function show(context: Context, bulkId: string): Promise<Result> {
	const tsq = await openTroubleshooting(context);
	const bulk = await tsq.bulk.progress(bulkId);
	const isPreview = bulk.status === 'PREVIEWED';
	return {
		data: bulk,
		text: (screen) => bulkText(screen, bulk),
		hints: isPreview ? [`Do it: cb tsq bulk start ${bulk.bulkId}`] : [],
	};
}

async function list(context: Context, { limit, cursor, offset }: PageFlags): Promise<Result> {
	const tsq = await openTroubleshooting(context);
	const page = await tsq.bulk.list({ limit, cursor, offset });
	return {
		data: page,
		text: (screen) => (page.items.length === 0 ? 'No bulk.' : bulkTable(screen, page.items)),
		hints: nextPageHints(page),
	};
}

interface ResultsFlags extends PageFlags {
	readonly status?: BulkItemStatus | undefined;
}

async function results(
	context: Context,
	bulkId: string,
	{ status, limit, cursor, offset }: ResultsFlags,
): Promise<Result> {
	const tsq = await openTroubleshooting(context);
	const page = await tsq.bulk.results(bulkId, { status, limit, cursor, offset });
	return {
		data: page,
		text: (screen) => (page.items.length === 0 ? 'No item matches.' : bulkItemTable(screen, page.items)),
		hints: nextPageHints(page),
	};
}
