/** All faults at random: one or two at a time, each for a few seconds, with moments of calm in between; those that are final once, and alone. */
import type { ChildOptions } from '../crew.ts';
import type { ChaosContext, Injector, Scenario, Stage } from '../scenario.ts';
import { between, seededRandom, shuffled } from '../seeded-random.ts';
import type { Random } from '../seeded-random.ts';
import { abortedAfter, pause, repeatedly } from '../waiting.ts';

interface Opened {
	readonly name: string;
	readonly isFinal: boolean;
	readonly injector: Injector;
}

const faultMs = { least: 1_500, most: 6_000 };
const calmMs = { least: 300, most: 1_500 };

export function everythingOf(combined: readonly Scenario[]): Scenario {
	return {
		name: 'everything',
		fault: 'all of the above at random',
		lines: [],
		serverSettings: combined.reduce((settings, one) => ({ ...settings, ...one.serverSettings }), {}),
		forgetsLeases: combined.some(({ forgetsLeases = false }) => forgetsLeases),
		open: (stage) => openAll(combined, stage),
	};
}

async function openAll(scenarios: readonly Scenario[], stage: Stage): Promise<Injector> {
	const opened: Opened[] = [];
	for (const { name, isFinal = false, isPossible = () => true, open } of scenarios) {
		if (isPossible()) opened.push({ name, isFinal, injector: await open(stage) });
		else stage.progress(`without ${name}, which cannot be done here`);
	}
	const injectors = opened.map(({ injector }) => injector);
	return {
		inject: (context) => inject(opened, context),
		optionsOf(role, name) {
			return injectors.reduce<ChildOptions>((options, one) => ({ ...options, ...one.optionsOf?.(role, name) }), {});
		},
		async close() {
			for (const injector of injectors.toReversed()) await injector.close?.();
		},
	};
}

async function inject(opened: readonly Opened[], context: ChaosContext): Promise<void> {
	const { signal, random, progress } = context;
	const deal = dealer(random, opened);
	await repeatedly({ signal, intervalMs: 0 }, async () => {
		const drawn = deal();
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

/** As from a deck of cards, which is shuffled again when it is used up: a run of two minutes has seen everything, and what is final once. */
function dealer(random: Random, opened: readonly Opened[]): () => readonly Opened[] {
	const repeatable = opened.filter(({ isFinal }) => !isFinal);
	let deck = shuffled(random, opened);
	return () => {
		if (deck.length === 0) deck = shuffled(random, repeatable);
		const [first, ...others] = deck;
		const isAlone = first?.isFinal === true || random() < 0.5;
		const second = isAlone ? undefined : others.find(({ isFinal }) => !isFinal);
		const dealt = [first, second].filter((one) => one !== undefined);
		deck = deck.filter((one) => !dealt.includes(one));
		return dealt;
	};
}
