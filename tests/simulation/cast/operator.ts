/** Operators: they look at what is parked and act on it, alone or in bulk, also both at once on the same command. */
import { isCommandBusError } from '@cb/core';
import type { OperatorAction, TroubleshootingItem } from '@cb/core';
import type { MemoryTransaction } from '@cb/core/memory';
import { createTroubleshootingQueue } from '@cb/ops';
import type { RetryRequest, TroubleshootingQueue } from '@cb/ops';
import type { Dice } from '../engine/dice.ts';
import type { ActNote } from '../checks/ledger.ts';
import type { Program } from '../engine/program.ts';
import { simulatedBackend } from '../engine/simulated-backend.ts';
import { Riddle, domain } from './shop.ts';
import type { World } from '../world.ts';

interface Desk {
	readonly world: World;
	readonly program: Program;
	readonly dice: Dice;
	readonly tsq: TroubleshootingQueue<MemoryTransaction>;
}

export function startOperators(world: World): void {
	for (const [index, rounds] of world.scenario.operators.entries()) {
		const desk = openDesk(world, `operator ${index + 1}`);
		const { program, dice } = desk;
		world.script(program.name, async () => {
			for (let left = rounds; left > 0; left--) {
				await program.clock.sleep(dice.between(500, 4_000));
				await unlessAway(() => round(desk));
			}
		});
	}
}

/** Resolves whatever is parked until nothing is. */
export function startCleaner(world: World): void {
	const desk = openDesk(world, 'cleaner');
	world.script('cleaner', async () => {
		for (let page = await desk.tsq.list(); page.items.length > 0; page = await desk.tsq.list()) {
			for (const item of page.items) {
				const mayRetry = item.commandType !== Riddle.type && item.generation < 4;
				await act(desk, item, desk.dice.pick(mayRetry ? actions : finalActions));
			}
		}
	});
}

const actions: readonly OperatorAction[] = ['retry', 'retry', 'cancel', 'complete'];
const finalActions: readonly OperatorAction[] = ['cancel', 'complete'];

function openDesk(world: World, name: string): Desk {
	const program = world.newProgram({ name });
	const tsq = createTroubleshootingQueue(simulatedBackend(program, world.backend), {});
	return { world, program, dice: world.dice.fork(), tsq };
}

/** Looks a few times for something that is parked, and acts on it. */
async function round(desk: Desk): Promise<void> {
	const { dice, tsq, program } = desk;
	for (let looks = 0; looks < 3; looks++) {
		const { items } = await tsq.list({ domain });
		if (items.length > 0) return dice.chance(0.7) ? actOnOne(desk, items) : workBulk(desk);
		await program.clock.sleep(dice.between(1_000, 3_000));
	}
}

async function actOnOne(desk: Desk, items: readonly TroubleshootingItem[]): Promise<void> {
	const { dice } = desk;
	const [first, second] = [dice.pick(items), dice.pick(items)];
	const both = dice.chance(0.3) ? [first, second] : [first];
	await Promise.all(both.map((item) => act(desk, item, dice.pick(actions))));
}

/** Somebody who gets no answer asks again where the request has a name. */
async function act(desk: Desk, item: TroubleshootingItem, action: OperatorAction): Promise<void> {
	const { world, dice } = desk;
	const { acts } = world.ledger;
	const operatorId = `act ${acts.length + 1}`;
	const note: ActNote = { operatorId, commandId: item.commandId, action, outcome: 'unknown' };
	acts.push(note);
	const isNamed = dice.chance(0.5);
	const request = {
		domain,
		commandId: item.commandId,
		operator: { id: operatorId },
		reason: 'simulated',
		...(dice.chance(0.5) && { expectedVersion: item.version }),
		...(isNamed && { requestId: operatorId }),
	};
	for (let tries = isNamed ? 4 : 1; tries > 0; tries--) {
		note.outcome = await tryAct(desk, request, { action, item });
		if (note.outcome !== 'unknown') return;
	}
}

async function tryAct(
	{ tsq, dice, world }: Desk,
	request: RetryRequest & { readonly reason: string },
	{ action, item }: { readonly action: OperatorAction; readonly item: TroubleshootingItem },
): Promise<ActNote['outcome']> {
	try {
		if (action === 'cancel') await tsq.cancel(request);
		else if (action === 'complete') await tsq.complete({ ...request, result: { run: 0 } });
		else if (dice.chance(0.3)) await tsq.amendAndRetry({ ...request, data: { number: item.version } });
		else await tsq.retry({ ...request, keepAttempts: dice.chance(0.2) });
		return 'done';
	} catch (error) {
		if (isCommandBusError(error, 'store')) return 'unknown';
		const isRefusal = isCommandBusError(error, 'invalid-operation') || isCommandBusError(error, 'conflict');
		if (!isRefusal) world.violated(`${request.operator.id} failed: ${String(error)}`);
		return 'refused';
	}
}

async function workBulk({ world, program, dice, tsq }: Desk): Promise<void> {
	const operator = { id: `bulk ${world.ledger.bulkOperators.length + 1}` };
	world.ledger.bulkOperators.push(operator.id);
	const action = dice.pick(actions);
	const content = action === 'complete' ? { action, result: { run: 0 } } : { action, reason: 'simulated' };
	const { bulkId, digest, count } = await tsq.bulk.preview({ filter: { domain }, action: content, operator });
	if (count === 0 || dice.chance(0.1)) return;
	await program.clock.sleep(dice.between(0, 1_500));
	await tsq.bulk.start(bulkId, digest, { operator });
	if (dice.chance(0.3)) await tsq.bulk.run(bulkId, { chunkSize: 1 });
	if (dice.chance(0.7)) return;
	await tsq.bulk.pause(bulkId, { operator });
	await program.clock.sleep(dice.between(0, 1_500));
	await (dice.chance(0.7) ? tsq.bulk.resume(bulkId, { operator }) : tsq.bulk.cancel(bulkId, { operator }));
}

/** What was not possible is left; a bulk that has ended meanwhile cannot be paused. */
async function unlessAway(work: () => Promise<void>): Promise<void> {
	try {
		await work();
	} catch (error) {
		if (!isCommandBusError(error, 'store') && !isCommandBusError(error, 'invalid-operation')) throw error;
	}
}
