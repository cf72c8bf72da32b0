/** What consumers of replies and reply routers do, and who gets in their way. */
import fc from 'fast-check';
import type { Happening } from '../move.ts';
import { route } from '../moves/processes.ts';
import { copy, fetch, putDown } from '../moves/readers.ts';
import type { ReplyQueue, World } from '../semantics/world.ts';
import { anyOne, happening, leaseSeconds } from './happening.ts';

/** At the same time as others one letter at a time: of several, which come first would depend on nobody's decision. */
export const fetching = (queue: ReplyQueue, reader: string): fc.Arbitrary<Happening> =>
	happening(
		'fetch',
		fc.record({ limit: fc.integer({ min: 1, max: 3 }), leaseSeconds }),
		(drawn) => (_, isRacing) => fetch({ ...drawn, queue, reader, limit: isRacing ? 1 : drawn.limit }, isRacing),
	);

export const puttingDown = (reader: string): fc.Arbitrary<Happening> =>
	happening(
		'put down',
		fc.record({ delaySeconds: fc.constantFrom(undefined, undefined, 15) }),
		({ delaySeconds }) =>
			(world, isRacing) =>
				hasHand(world, reader, isRacing) ? putDown(reader, delaySeconds) : undefined,
	);

export const routing = (reader: string): fc.Arbitrary<Happening> =>
	happening(
		'route',
		fc.record({}),
		() => (world, isRacing) => (hasHand(world, reader, isRacing) ? route(reader) : undefined),
	);

export function hasHand(world: World, reader: string, isRacing: boolean): boolean {
	const count = world.hands.get(reader)?.letters.length ?? 0;
	return count > 0 && !(isRacing && count > 1);
}

export const copying = (queue: ReplyQueue): fc.Arbitrary<Happening> =>
	happening('copy', fc.record({ one: anyOne }), ({ one }) => (world) => {
		const count = world[queue].length;
		return count === 0 ? undefined : copy(queue, one % count);
	});
