/** What a system does that runs: with so much else going on, few sequences would get anywhere without it. */
import fc from 'fast-check';
import type { Happening, Move } from '../move.ts';
import { finishBatches } from '../moves/batches.ts';
import { route } from '../moves/processes.ts';
import { fetch } from '../moves/readers.ts';
import { receive, settle } from '../moves/workers.ts';
import { finish } from '../semantics/batches.ts';
import { dueMessages, heldCommand } from '../semantics/leasing.ts';
import { dueLetters } from '../semantics/letters.ts';
import type { Verdict } from '../semantics/settling.ts';
import type { World } from '../semantics/world.ts';
import { happening } from './happening.ts';
import { hasHand } from './readers.ts';
import { completion, verdict } from './workers.ts';

/** What is next: finish what has ended, see to what is in hand, else take in hand what is due. */
export const onward: fc.Arbitrary<Happening> = happening(
	'onward',
	fc.record({ verdict: fc.oneof({ weight: 2, arbitrary: completion }, verdict) }),
	({ verdict: said }) =>
		(world) =>
			withBatches(world) ?? withLetters(world) ?? withCommands(world, said),
);

function withBatches(world: World): Move | undefined {
	return finish(world).outcome.length > 0 ? finishBatches(undefined) : undefined;
}

function withLetters(world: World): Move | undefined {
	if (hasHand(world, 'r1', false)) return route('r1');
	const isDue = dueLetters(world, 'inbox').length > 0;
	return isDue ? fetch({ reader: 'r1', queue: 'inbox', limit: 3, leaseSeconds: 65 }, false) : undefined;
}

function withCommands(world: World, said: Verdict): Move | undefined {
	const lease = world.leases.find((one) => heldCommand(world, one) !== undefined);
	if (lease !== undefined) return settle([{ lease, verdict: said }]);
	const isDue = dueMessages(world).length > 0;
	return isDue ? receive({ worker: 'w1', limit: 2, leaseSeconds: 65, maxAttempts: 3 }, false) : undefined;
}
