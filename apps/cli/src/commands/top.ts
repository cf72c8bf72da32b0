/** `cb top`: what flows through every domain, live. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Option } from 'commander';
import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { examples } from '../examples.ts';
import { secondsBetweenLooks } from '../flags/watch.ts';
import type { Execute, Result } from '../result.ts';
import { ratesBetween } from '../top/rates.ts';
import type { Look } from '../top/rates.ts';
import { topText } from '../view/top.ts';
import { watch } from '../watch.ts';

interface TopFlags {
	readonly once?: true | undefined;
	readonly interval: number;
}

export function addTop(program: Command, execute: Execute): void {
	program
		.command('top')
		.description('Show live what flows through every domain: depth, rates, latency, parked, oldest')
		.option('--once', 'look twice, print once, and end (so does --json)')
		.addOption(new Option('--interval <seconds>', 'between two looks').default(1).argParser(secondsBetweenLooks))
		.addHelpText(
			'after',
			`
RUNNING is what workers hold now. P50 and P95 are from sending to the end, of
the newest commands that have ended; with a backlog, look at OLDEST.
${examples('cb top', 'cb top --once', 'cb top --json')}`,
		)
		.action((flags: TopFlags) => execute((context) => showTop(context, flags)));
}

async function showTop(context: Context, { once, interval }: TopFlags): Promise<Result> {
	let before: Look | undefined;
	const ask = async (): Promise<Result> => {
		const now = await look(context);
		const rates = ratesBetween(before, now);
		before = now;
		return { data: rates, text: (screen) => topText(screen, rates) };
	};
	if (once === undefined && !context.output.isJson) return watch(context, interval, ask);
	await ask();
	await sleep(interval * 1_000, undefined, { signal: context.signal }).catch(() => undefined);
	return ask();
}

async function look(context: Context): Promise<Look> {
	const backend = await context.backend();
	const domains = await backend.domains.activity();
	return { at: performance.now(), domains };
}
