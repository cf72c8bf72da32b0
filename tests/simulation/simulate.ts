/** Runs the system that a seed stands for: trouble first, then calm until nothing moves any more, then the checks. */
import { v7 as newId } from 'uuid';
import { startAccidents } from './cast/accidents.ts';
import { startComponents } from './cast/components.ts';
import { startCleaner, startOperators } from './cast/operator.ts';
import { startSenders } from './cast/sender.ts';
import { readFacts } from './checks/facts.ts';
import type { Facts } from './checks/facts.ts';
import { brokenRule } from './checks/rules.ts';
import { createDice } from './engine/dice.ts';
import { withSimulatedGlobals } from './engine/own-globals.ts';
import { Program } from './engine/program.ts';
import { Scheduler } from './engine/scheduler.ts';
import type { TraceLine } from './engine/scheduler.ts';
import * as seededIds from './engine/seeded-ids.ts';
import { drawScenario } from './scenario.ts';
import type { Scenario } from './scenario.ts';
import { unrest } from './unrest.ts';
import { World } from './world.ts';
import type { Sabotage, Violation } from './world.ts';

export interface SimulatedRun {
	readonly seed: number;
	readonly scenario: Scenario;
	readonly trace: readonly TraceLine[];
	/** What must never happen, and did; the run ended with it. */
	readonly violation: Violation | undefined;
	/** What the store held in the end. */
	readonly facts: Facts;
}

const maxSteps = 30_000;

export async function simulate(seed: number, sabotage?: Sabotage): Promise<SimulatedRun> {
	if (newId !== seededIds.v7) throw new TypeError('The uuid package must be replaced by seeded-ids.ts.');
	seededIds.restartIds();
	const dice = createDice(seed);
	const scheduler = new Scheduler(dice.fork());
	const scenario = drawScenario(dice.fork());
	const world = new World({ scenario, scheduler, dice, sabotage });
	const chance = dice.fork();
	await withSimulatedGlobals({ random: () => chance.random(), nextTurn: nextTurnOf(scheduler) }, async () => {
		await world.prepareStore();
		await live(world);
	});
	const facts = await readFacts(world);
	const broken = brokenRule(facts, scenario);
	if (broken !== undefined) world.violated(broken);
	return { seed, scenario, trace: scheduler.trace, violation: world.violation, facts };
}

/** A turn belongs to the program that was running when it was asked for. */
function nextTurnOf(scheduler: Scheduler): (go: () => void) => void {
	return (go) => {
		const { running } = scheduler;
		if (running instanceof Program) running.nextTurn(go);
		else throw new TypeError('Nobody runs who could have a next turn.');
	};
}

async function live(world: World): Promise<void> {
	world.scheduler.timeSkipChance = world.scenario.timeSkipChance;
	startComponents(world);
	startSenders(world);
	startOperators(world);
	startAccidents(world);
	await runUntil(world, 'the scripts are over', () => world.openScripts === 0);
	world.calmDown();
	await rest(world);
	if (world.scenario.isCleanedUp && world.violation === undefined) {
		world.phase = 'cleanup';
		startCleaner(world);
		await rest(world);
	}
	await stop(world);
}

async function runUntil(world: World, what: string, isOver: () => boolean): Promise<void> {
	const hasEnded = (): boolean => world.violation !== undefined || isOver();
	if (!(await world.scheduler.run({ isOver: hasEnded, maxSteps }))) world.violated(`it never happens that ${what}`);
}

async function rest(world: World): Promise<void> {
	const hasRested = await world.scheduler.run({
		isOver: () => world.violation !== undefined,
		isAtRest: async () => (await unrest(world)).length === 0,
		maxSteps,
	});
	if (!hasRested) world.violated(`it does not come to rest: ${(await unrest(world)).join('; ')}`);
}

/** In their own programs, as everything that happens. */
async function stop(world: World): Promise<void> {
	let open = world.components.size + world.buses.size;
	const end = (ending: Promise<unknown>): void => {
		ending.then(
			() => {
				open -= 1;
			},
			(error: unknown) => {
				world.violated(`a stop failed: ${String(error)}`);
			},
		);
	};
	for (const component of world.components) {
		component.program.nextTurn(() => {
			end(component.stop());
		});
	}
	for (const bus of world.buses) end(bus.close());
	await runUntil(world, 'everything stops', () => open === 0);
}
