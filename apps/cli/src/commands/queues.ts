/** `cb queues`: what lies in the queue of every domain now. */
import type { Command } from 'commander';
import type { DomainStatistics } from '@cb/core';
import type { Context } from '../context.ts';
import { examples } from '../examples.ts';
import type { Screen } from '../output.ts';
import type { Execute, Result } from '../result.ts';
import { countText } from '../view/count.ts';
import { table } from '../view/table.ts';
import type { Column } from '../view/table.ts';
import { spanText } from '../view/time.ts';
import { watch } from '../watch.ts';
import { watchFlag } from '../flags/watch.ts';
import type { WatchFlags } from '../flags/watch.ts';

export function addQueues(program: Command, execute: Execute): void {
	program
		.command('queues')
		.argument('[domain]', 'only this one')
		.description('Show depth, oldest age, in flight, delayed and parked per domain')
		.addOption(watchFlag())
		.addHelpText('after', examples('cb queues', 'cb queues payments --watch 5', 'cb queues --json'))
		.action((domain: string | undefined, flags: WatchFlags) =>
			execute((context) => watch(context, flags.watch, () => showQueues(context, domain))),
		);
}

async function showQueues(context: Context, domain: string | undefined): Promise<Result> {
	const [backend, { DomainNotFoundError }] = await Promise.all([context.backend(), import('@cb/core')]);
	const statistics = await backend.domains.statistics(domain);
	if (domain !== undefined && statistics.length === 0) throw new DomainNotFoundError(domain);
	return {
		data: statistics,
		text: (screen) => (statistics.length === 0 ? 'No domain yet.' : table(screen, columns(screen), statistics)),
	};
}

function columns({ colors }: Screen): readonly Column<DomainStatistics>[] {
	const counts = (heading: string, count: (row: DomainStatistics) => number): Column<DomainStatistics> => ({
		heading,
		align: 'right',
		cell: (row) => countText(count(row)),
		paint: (text, row) => (count(row) === 0 ? colors.dim(text) : text),
	});
	return [
		{ heading: 'DOMAIN', cell: ({ domain }) => domain, minimum: 8 },
		counts('DEPTH', ({ depth }) => depth),
		counts('READY', ({ readyCount }) => readyCount),
		{
			heading: 'OLDEST',
			align: 'right',
			cell: ({ oldestReadySeconds }) => (oldestReadySeconds === null ? '-' : spanText(oldestReadySeconds)),
		},
		counts('DELAYED', ({ delayedCount }) => delayedCount),
		counts('IN FLIGHT', ({ inFlightCount }) => inFlightCount),
		{
			...counts('STALLED', ({ stalledCount }) => stalledCount),
			dropOrder: 2,
			paint: (text, { stalledCount }) => (stalledCount === 0 ? colors.dim(text) : colors.yellow(text)),
		},
		{
			...counts('PARKED', ({ parkedCount }) => parkedCount),
			paint: (text, { parkedCount }) => (parkedCount === 0 ? colors.dim(text) : colors.yellow(text)),
		},
		{ ...counts('PARKED/H', ({ parkedLastHourCount }) => parkedLastHourCount), dropOrder: 1 },
	];
}
