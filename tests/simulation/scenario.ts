/** What a seed stands for: who takes part, how they are set up, and what goes wrong. Small, because many small ones find more than few big ones. */
import type { RetryOptions, UnknownTypePolicy, WorkerOptions } from '@cb/core';
import type { Dice } from './engine/dice.ts';
import { noFaults } from './engine/faults.ts';
import type { FaultRates } from './engine/faults.ts';

/** How a handler behaves, once. */
export type Mood = 'swift' | 'steady' | 'slow' | 'stubborn' | 'extends' | 'transient' | 'permanent' | 'rule' | 'odd';

export type WorkerSettings = Pick<
	WorkerOptions,
	| 'concurrency'
	| 'readAhead'
	| 'leaseSeconds'
	| 'maxRunSeconds'
	| 'pollIntervalMs'
	| 'settleBatchSize'
	| 'settleInFlight'
	| 'settleDelayMs'
	| 'useWakeSignal'
	| 'batchSweepMs'
> & { readonly onUnknownType: UnknownTypePolicy; readonly retry: RetryOptions };

export interface RouterSettings {
	readonly concurrency: number;
	readonly batchSize: number;
	readonly pollIntervalMs: number;
	readonly useWakeSignal: boolean;
}

export interface Scenario {
	readonly faults: FaultRates;
	readonly timeSkipChance: number;
	readonly moods: readonly Mood[];
	readonly workers: readonly WorkerSettings[];
	readonly routers: readonly RouterSettings[];
	readonly runnerCount: number;
	/** Moves of each sender. */
	readonly senders: readonly number[];
	/** Rounds of each operator. */
	readonly operators: readonly number[];
	/** Crashes and stalls. */
	readonly accidents: number;
	/** Whether in the end an operator resolves all that is still parked. */
	readonly isCleanedUp: boolean;
}

const moodSets: readonly (readonly Mood[])[] = [
	['swift'],
	['swift', 'steady', 'steady', 'extends'],
	['swift', 'steady', 'transient', 'odd'],
	['swift', 'swift', 'permanent', 'rule', 'transient'],
	['steady', 'slow', 'stubborn', 'swift', 'transient'],
	['swift', 'steady', 'slow', 'stubborn', 'extends', 'transient', 'permanent', 'rule', 'odd'],
];

export function drawScenario(dice: Dice): Scenario {
	const hasProcesses = dice.chance(0.4);
	return {
		faults: drawRates(dice),
		timeSkipChance: dice.pick([0, 0, 0.01, 0.03, 0.1]),
		moods: dice.pick(moodSets),
		workers: several(dice.between(1, 2), () => drawWorker(dice)),
		routers: several(hasProcesses ? dice.pick([1, 1, 2]) : 0, () => drawRouter(dice)),
		runnerCount: dice.pick([0, 0, 1, 2]),
		senders: several(dice.pick([1, 1, 2]), () => dice.between(1, 3)),
		operators: several(dice.pick([0, 1, 1, 2]), () => dice.between(1, 2)),
		accidents: dice.pick([0, 0, 1, 2]),
		isCleanedUp: dice.chance(0.5),
	};
}

function drawRates(dice: Dice): FaultRates {
	const level = dice.pick([0, 0.02, 0.05, 0.15, 0.3]);
	if (level === 0) return noFaults;
	return {
		failure: level,
		slow: dice.pick([0, 0.03, 0.1]),
		never: dice.pick([0, 0, 0.01, 0.03]),
		unnamed: dice.pick([0, 0.2]),
		lostWake: dice.pick([0, 0.3, 1]),
	};
}

function drawWorker(dice: Dice): WorkerSettings {
	return {
		concurrency: dice.between(1, 3),
		readAhead: dice.pick([0, 2, 10]),
		leaseSeconds: dice.between(2, 5),
		maxRunSeconds: 10,
		pollIntervalMs: dice.pick([2_000, 5_000, 9_000]),
		settleBatchSize: dice.pick([1, 2, 10]),
		settleInFlight: dice.between(1, 2),
		settleDelayMs: dice.pick([0, 0, 20]),
		useWakeSignal: dice.chance(0.8),
		batchSweepMs: dice.pick([3_000, 12_000]),
		onUnknownType: dice.pick(['park', { deferSeconds: 1, maxDeferrals: 2 }]),
		retry: { maxAttempts: 2 },
	};
}

function drawRouter(dice: Dice): RouterSettings {
	return {
		concurrency: dice.between(1, 2),
		batchSize: dice.pick([1, 5]),
		pollIntervalMs: dice.pick([2_500, 7_000]),
		useWakeSignal: dice.chance(0.8),
	};
}

function several<Item>(count: number, make: () => Item): readonly Item[] {
	return Array.from({ length: count }, make);
}
