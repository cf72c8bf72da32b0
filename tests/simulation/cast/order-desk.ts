/** Starts processes, some of them more than once. */
import { isCommandBusError } from '@cb/core';
import type { Backend } from '@cb/core';
import type { MemoryTransaction } from '@cb/core/memory';
import { createProcessManager } from '@cb/process';
import { v7 as newId } from 'uuid';
import type { Dice } from '../engine/dice.ts';
import { orders } from './shop.ts';
import type { World } from '../world.ts';

export async function startOrder(world: World, backend: Backend<MemoryTransaction>, dice: Dice): Promise<void> {
	const { starts } = world.ledger;
	const definition = dice.pick(orders);
	const businessKey = dice.chance(0.5) ? `order ${dice.between(1, 2)}` : undefined;
	const wanted = newId();
	try {
		const manager = createProcessManager(backend, orders);
		const { processId, isExisting } = await manager.start(
			definition,
			{ number: starts.length },
			{ processId: wanted, businessKey },
		);
		starts.push({ processId, businessKey, outcome: isExisting ? 'existing' : 'started' });
		const [loaded] = await world.subject.backend.processes.loadMany([processId]);
		if (loaded === undefined) world.violated(`process ${processId} was started and is not there`);
	} catch (error) {
		if (!isCommandBusError(error, 'store')) world.violated(`a start failed: ${String(error)}`);
		starts.push({ processId: wanted, businessKey, outcome: 'unknown' });
	}
}
