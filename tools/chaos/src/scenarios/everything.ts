/** All faults at random: one or two at a time, each for a few seconds, with moments of calm in between. */
import type { ChildOptions } from '../crew.ts';
import type { ChaosContext, Injector, Scenario, Stage } from '../scenario.ts';
import { between, oneOf, seededRandom } from '../seeded-random.ts';
import type { Random } from '../seeded-random.ts';
import { abortedAfter, pause, repeatedly } from '../waiting.ts';

interface Opened {
	readonly name: string;
	readonly injector: Injector;
}

const faultMs = { least: 1_500, most: 6_000 };
const calmMs = { least: 300, most: 1_500 };

export function everythingOf(scenarios: readonly Scenario[]): Scenario {
	const combined = scenarios.filter(({ isCombinable = true }) => isCombinable);
	return {
		name: 'everything',
		fault: `at random: ${combined.map(({ name }) => name).join(', ')}`,
		lines: [],
		isCombinable: false,
		serverSettings: combined.reduce((settings, one) => ({ ...settings, ...one.serverSettings }), {}),
		forgetsLeases: combined.some(({ forgetsLeases = false }) => forgetsLeases),
		open: (stage) => openAll(combined, stage),
	};
}

async function openAll(scenarios: readonly Scenario[], stage: Stage): Promise<Injector> {
	const opened: Opened[] = [];
	for (const { name, open } of scenarios) opened.push({ name, injector: await open(stage) });
	const injectors = opened.map(({ injector }) => injector);
	return {
		inject: (context) => inject(opened, context),
		optionsOf(role, name) {
			return injectors.reduce<ChildOptions>((options, one) => ({ ...options, ...one.optionsOf?.(role, name) }), {});
		},
		databaseUrl: () => injectors.reduce((url, one) => one.databaseUrl?.() ?? url, stage.databaseUrl),
		async close() {
			for (const injector of injectors.toReversed()) await injector.close?.();
		},
	};
}

async function inject(opened: readonly Opened[], context: ChaosContext): Promise<void> {
	const { signal, random, progress } = context;
	await repeatedly({ signal, intervalMs: 0 }, async () => {
		const drawn = draw(random, opened);
		progress(drawn.map(({ name }) => name).join(' and '));
		const enough = abortedAfter(between(random, faultMs.least, faultMs.most), signal);
		const contexts = drawn.map(({ name }) => ({
			...context,
			signal: enough,
			// Drawing side by side from one source would make the draws depend on who is faster.
			random: seededRandom(between(random, 1, 1_000_000)),
			progress: (line: string) => {
				progress(`${name}: ${line}`);
			},
		}));
		await Promise.all(drawn.map(({ injector }, index) => injector.inject(contexts[index] ?? context)));
		await pause(between(random, calmMs.least, calmMs.most), signal);
	});
}

function draw(random: Random, opened: readonly Opened[]): readonly Opened[] {
	const first = oneOf(random, opened);
	const second = random() < 0.5 ? oneOf(random, opened) : undefined;
	return [...new Set([first, second])].filter((one) => one !== undefined);
}
