/** Handlers that behave in every way a handler may, by the dice. */
import { BusinessRuleError, PermanentCommandError, TransientCommandError, createHandlers } from '@cb/core';
import type { Command, HandlerContext, Handlers } from '@cb/core';
import type { MemoryTransaction } from '@cb/core/memory';
import type { Dice } from '../engine/dice.ts';
import type { Run } from '../checks/ledger.ts';
import type { Program } from '../engine/program.ts';
import type { Mood, WorkerSettings } from '../scenario.ts';
import { Book, Transfer, plainCommands } from './shop.ts';
import type { World } from '../world.ts';

type Context = HandlerContext<MemoryTransaction>;
type Result = { run: number };

interface Staff {
	readonly world: World;
	readonly program: Program;
	readonly dice: Dice;
}

export function createSimulatedHandlers(
	world: World,
	program: Program,
	{ onUnknownType }: Pick<WorkerSettings, 'onUnknownType'>,
): Handlers<MemoryTransaction> {
	const staff: Staff = { world, program, dice: world.dice.fork() };
	const handlers = createHandlers<MemoryTransaction>({ onUnknownType });
	for (const definition of plainCommands) {
		handlers.on(definition, (command, context) => handle(staff, command, context));
	}
	return handlers.on(Transfer, (command, context) => transfer(staff, command, context));
}

async function handle(staff: Staff, command: Command, context: Context): Promise<Result> {
	const run = begin(staff, command, context);
	await behave(staff, context, draw(staff));
	return returned(run);
}

/** The child and the completion are stored together. */
async function transfer(staff: Staff, command: Command, context: Context): Promise<Result> {
	const { dice } = staff;
	const run = begin(staff, command, context);
	if (dice.chance(0.3)) await behave(staff, context, draw(staff));
	const result = await context.transaction(async (tx) => {
		if (dice.chance(0.3)) await behave(staff, context, draw(staff));
		await context.send(Book, { number: run.run }, { tx });
		if (dice.chance(0.2)) await behave(staff, context, draw(staff));
		return returned(run);
	});
	if (dice.chance(0.1)) await behave(staff, context, draw(staff));
	return result;
}

function begin({ world }: Staff, { commandId, generation }: Command, { attempt, maxAttempts }: Context): Run {
	const run = world.ledger.begin({ commandId, generation, attempt, maxAttempts });
	if (run !== undefined) {
		if (attempt > maxAttempts) world.violated(`command ${commandId} began attempt ${attempt} of ${maxAttempts}`);
		return run;
	}
	const message = `attempt ${attempt} of generation ${generation} of command ${commandId} began twice`;
	world.violated(message);
	throw new PermanentCommandError('BEGAN_TWICE', message);
}

function returned(run: Run): Result {
	run.hasReturned = true;
	return { run: run.run };
}

function draw({ world, dice }: Staff): Mood {
	const mood = dice.pick(world.scenario.moods);
	return world.phase === 'cleanup' ? 'swift' : mood;
}

async function behave({ program, dice }: Staff, context: Context, mood: Mood): Promise<void> {
	switch (mood) {
		case 'swift':
			return;
		case 'steady':
			return program.clock.sleep(dice.between(1, 1_500));
		case 'slow':
			await program.clock.sleep(dice.between(1_500, 12_000), context.signal);
			context.signal.throwIfAborted();
			return;
		case 'stubborn':
			return program.clock.sleep(dice.between(1_500, 12_000));
		case 'extends':
			return context.extendLease(dice.between(1, 4));
		case 'transient':
			throw new TransientCommandError('BUSY', 'try again');
		case 'permanent':
			throw new PermanentCommandError('BROKEN', 'look at this');
		case 'rule':
			throw new BusinessRuleError('REFUSED', 'not like this');
		case 'odd':
			throw new TypeError('nobody expected this');
	}
}
