/**
 * The runtime on the in-memory backend, every await and the clock in the hands of a scheduler: a seed decides what fails, what is slow,
 * who dies and what happens first. `CB_SIMULATION_SEEDS` says how many seeds are played, `CB_SIMULATION_SEED` which one comes first.
 */
import { afterAll, describe, expect, it } from 'vitest';
import { expectedSightings } from './simulation/expected-sightings.ts';
import { Lanes } from './simulation/lanes.ts';
import { sabotages } from './simulation/sabotages.ts';
import type { SabotageName } from './simulation/sabotages.ts';
import { seedsToPlay } from './simulation/settings.ts';

const timeout = 1_800_000;
const lanes = new Lanes();

afterAll(() => lanes.close());

it('keeps every promise, whatever fails, stalls or dies, for every seed', { timeout }, async () => {
	const seeds = seedsToPlay(10_000);

	const { playedCount, broken } = await lanes.play(seeds);

	expect(broken.length, broken.map(({ report }) => report).join('\n\n')).toBe(0);
	expect(playedCount).toBe(seeds.count);
});

it('plays a seed the same way each time, to the last step', { timeout }, async () => {
	const seeds = { first: 1, count: 40, wanted: 'transcripts' } as const;

	const { transcripts } = await lanes.play(seeds);
	const again = await lanes.play(seeds);

	expect(transcripts).toHaveLength(40);
	expect(again.transcripts).toEqual(transcripts);
});

it('sees every status, every line of an audit, every fault and every answer', { timeout }, async () => {
	const { sightings } = await lanes.play({ first: 1, count: 2_000, wanted: 'sightings' });

	expect(expectedSightings.filter((expected) => !sightings.has(expected))).toEqual([]);
});

describe('notices within 300 seeds, and at the same step again, that', () => {
	it.each(sabotageNames())('%s', { timeout }, async (sabotage) => {
		const { broken } = await lanes.play({ first: 1, count: 300, sabotage });
		const [first] = broken;
		const again = await lanes.play({ first: first?.seed ?? 0, count: 1, sabotage });

		expect(first).toBeDefined();
		expect(again.broken).toEqual([first]);
	});
});

function sabotageNames(): readonly SabotageName[] {
	return Object.keys(sabotages).filter((name): name is SabotageName => name in sabotages);
}
