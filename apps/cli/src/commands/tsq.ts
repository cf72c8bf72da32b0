/** `cb tsq`: the Troubleshooting Queue. Here is the looking side; acts and bulks have files of their own. */
import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { examples } from '../examples.ts';
import { exitCodes } from '../exit-code.ts';
import { cursorFlag, limitFlag, nextPageHints, offsetFlag } from '../flags/page.ts';
import type { PageFlags } from '../flags/page.ts';
import { filterOf, withFilterFlags } from '../flags/tsq-filter.ts';
import type { FilterFlags } from '../flags/tsq-filter.ts';
import { watchFlag } from '../flags/watch.ts';
import type { WatchFlags } from '../flags/watch.ts';
import type { Execute, Result } from '../result.ts';
import { openTroubleshooting } from '../tsq/open.ts';
import { counted } from '../view/count.ts';
import { detailsText, groupTable, healthText, itemTable } from '../view/tsq.ts';
import { watch } from '../watch.ts';
import { addActs } from './tsq-acts.ts';
import { addBulkCommands } from './tsq-bulk.ts';

export function addTsqCommands(program: Command, execute: Execute): void {
	const tsq = program
		.command('tsq')
		.description('Troubleshooting Queue: find parked commands, retry, amend, cancel or complete them')
		.addHelpText(
			'after',
			examples('cb tsq groups', 'cb tsq list --domain payments', 'cb tsq retry --domain payments --code TIMEOUT'),
		);
	addList(tsq, execute);
	addGroups(tsq, execute);
	tsq
		.command('show')
		.argument('<domain>', 'of the command')
		.argument('<id>', 'command id')
		.description('Show all of one command: error, payload, history, earlier payloads')
		.addHelpText('after', examples('cb tsq show payments 019af3a2-5b1c-7e2d-8f00-3c1d5e7a9b10'))
		.action((domain: string, commandId: string) => execute((context) => showItem(context, { domain, commandId })));
	addActs(tsq, execute);
	addBulkCommands(tsq, execute);
	addHealth(tsq, execute);
}

function addList(tsq: Command, execute: Execute): void {
	withFilterFlags(tsq.command('list').description('List parked commands, newest first'))
		.addOption(limitFlag())
		.addOption(cursorFlag())
		.addOption(offsetFlag())
		.addOption(watchFlag())
		.addHelpText(
			'after',
			examples(
				'cb tsq list --domain payments',
				'cb tsq list --code CARD_EXPIRED --parked-from 2h --limit 20',
				'cb tsq list --watch 5',
				`cb tsq list --json | jq -r '.items[].commandId'`,
			),
		)
		.action((flags: FilterFlags & PageFlags & WatchFlags) =>
			execute((context) => watch(context, flags.watch, () => listItems(context, flags))),
		);
}

async function listItems(context: Context, flags: FilterFlags & PageFlags): Promise<Result> {
	const { limit, cursor, offset } = flags;
	const filter = filterOf(flags);
	const tsq = await openTroubleshooting(context);
	const [page, count] = await Promise.all([tsq.list({ ...filter, limit, cursor, offset }), tsq.count(filter)]);
	const isPart = page.items.length < count;
	return {
		data: { ...page, count },
		text: async (screen) => {
			if (count === 0) return 'Nothing parked matches.';
			const table = await itemTable(screen, page.items, filter);
			return isPart
				? `${table}\n${screen.colors.dim(`${String(page.items.length)} of ${counted(count, 'parked command')}`)}`
				: table;
		},
		hints: nextPageHints(page),
	};
}

function addGroups(tsq: Command, execute: Execute): void {
	withFilterFlags(
		tsq
			.command('groups')
			.description('Show parked commands as problems: one line per domain, type and error fingerprint'),
	)
		.addOption(watchFlag())
		.addHelpText('after', examples('cb tsq groups', 'cb tsq groups --domain payments --parked-from 1d'))
		.action((flags: FilterFlags & WatchFlags) =>
			execute((context) => watch(context, flags.watch, () => listGroups(context, flags))),
		);
}

async function listGroups(context: Context, flags: FilterFlags): Promise<Result> {
	const filter = filterOf(flags);
	const tsq = await openTroubleshooting(context);
	const groups = await tsq.groups(filter);
	return {
		data: groups,
		text: (screen) => (groups.length === 0 ? 'Nothing parked matches.' : groupTable(screen, groups, filter)),
	};
}

async function showItem(
	context: Context,
	address: { readonly domain: string; readonly commandId: string },
): Promise<Result> {
	const tsq = await openTroubleshooting(context);
	const details = await tsq.get(address);
	return { data: details, text: (screen) => detailsText(screen, details) };
}

function addHealth(tsq: Command, execute: Execute): void {
	tsq
		.command('health')
		.description('Judge the queues: depth, age, stalled leases, parked; exit code 11 for a warning, 12 for critical')
		.option('--domain <domain>', 'only of this domain')
		.addOption(watchFlag())
		.addHelpText('after', examples('cb tsq health', 'cb tsq health --domain payments --json'))
		.action(({ domain, watch: seconds }: { readonly domain?: string } & WatchFlags) =>
			execute((context) => watch(context, seconds, () => showHealth(context, domain))),
		);
}

async function showHealth(context: Context, domain: string | undefined): Promise<Result> {
	const tsq = await openTroubleshooting(context);
	const report = await tsq.health({ domain });
	const { DomainNotFoundError } = await import('@cb/core');
	if (domain !== undefined && report.statistics.length === 0) throw new DomainNotFoundError(domain);
	const exitCode = { ok: exitCodes.ok, warning: exitCodes.warning, critical: exitCodes.critical }[report.overall];
	return { data: report, text: (screen) => healthText(screen, report), exitCode };
}
