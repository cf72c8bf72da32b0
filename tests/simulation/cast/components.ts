/** The programs that run without a script: workers, reply routers and bulk runners, which are started again when they die. */
import { createWorker, isCommandBusError } from '@cb/core';
import { createBulkRunner } from '@cb/ops';
import { createReplyRouter } from '@cb/process';
import { createSimulatedHandlers } from './handlers.ts';
import { simulatedBackend } from '../engine/simulated-backend.ts';
import type { Program } from '../engine/program.ts';
import type { RouterSettings, WorkerSettings } from '../scenario.ts';
import { domain, orders } from './shop.ts';
import type { Component, World } from '../world.ts';

export function startComponents(world: World): void {
	const { workers, routers, runnerCount } = world.scenario;
	for (const [index, settings] of workers.entries()) startWorker(world, settings, `worker ${index + 1}`);
	for (const [index, settings] of routers.entries()) startRouter(world, settings, `router ${index + 1}`);
	for (let index = 1; index <= runnerCount; index++) startRunner(world, `runner ${index}`);
}

function startWorker(world: World, settings: WorkerSettings, name: string): void {
	const program = newProgram(world, name);
	const { onUnknownType, ...rest } = settings;
	const worker = createWorker({
		...rest,
		backend: simulatedBackend(program, world.backend),
		domain,
		handlers: createSimulatedHandlers(world, program, { onUnknownType }),
		workerId: program.name,
		unhealthyAfterMs: 20_000,
	});
	run(world, {
		name,
		program,
		start: () => worker.start(),
		stop: async () => {
			const { abandoned } = await worker.stop();
			if (abandoned > 0) world.violated(`${program.name} abandoned ${abandoned} commands at its stop`);
		},
		complaints: () => {
			const { state, consecutiveFailures, inFlight, reasons } = worker.health();
			const isFine = state === 'healthy' && consecutiveFailures === 0 && inFlight === 0;
			return isFine ? [] : [`${program.name} is ${state}, holds ${inFlight} commands. ${reasons.join(' ')}`];
		},
		restart: () => {
			startWorker(world, settings, name);
		},
	});
}

function startRouter(world: World, settings: RouterSettings, name: string): void {
	const program = newProgram(world, name);
	const router = createReplyRouter({
		...settings,
		backend: simulatedBackend(program, world.backend),
		domain,
		definitions: orders,
		leaseSeconds: 4,
		retryDelaySeconds: 2,
		unhealthyAfterMs: 20_000,
	});
	run(world, {
		name,
		program,
		start: () => router.start(),
		stop: () => router.stop(),
		complaints: () => {
			const { state, consecutiveFailures, inFlight, reasons } = router.health();
			const isFine = state === 'healthy' && consecutiveFailures === 0 && inFlight === 0;
			return isFine ? [] : [`${program.name} is ${state}, holds ${inFlight} answers. ${reasons.join(' ')}`];
		},
		restart: () => {
			startRouter(world, settings, name);
		},
	});
}

function startRunner(world: World, name: string): void {
	const program = newProgram(world, name);
	const runner = createBulkRunner({
		backend: simulatedBackend(program, world.backend),
		chunkSize: 2,
		pollIntervalMs: 5_000,
		maxBackoffMs: 6_000,
	});
	run(world, {
		name,
		program,
		start: () => runner.start(),
		stop: () => runner.stop(),
		complaints: () => {
			const { state, reason = '' } = runner.health();
			return state === 'idle' ? [] : [`${program.name} is ${state}. ${reason}`];
		},
		restart: () => {
			startRunner(world, name);
		},
	});
}

/** Each has a clock of its own, right or wrong, and runs faster or slower than others. */
function newProgram(world: World, name: string): Program {
	const { dice } = world;
	const life = [...world.programs].filter((program) => program.name.startsWith(name)).length + 1;
	return world.newProgram({
		name: `${name} life ${life}`,
		skewMs: dice.pick([0, 0, 3_600_000, -3_600_000, 1_234]),
		speed: dice.pick([1, 1, 1, 5, 0.2]),
	});
}

/** As a supervisor does: a start that fails is tried again. */
function run(world: World, component: Component): void {
	const { program } = component;
	world.components.add(component);
	const start = async (): Promise<void> => {
		for (;;) {
			try {
				await component.start();
				return;
			} catch (error) {
				if (!isCommandBusError(error, 'store')) throw error;
				await program.clock.sleep(300);
			}
		}
	};
	start().catch((error: unknown) => {
		world.violated(`${program.name} did not start: ${String(error)}`);
	});
}
