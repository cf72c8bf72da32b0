/** Time passes: leases end and delays are over. */
import type { Move } from '../move.ts';
import { elapse as elapsed } from '../semantics/leasing.ts';

export function elapse(seconds: number): Move {
	return {
		text: `${seconds} s pass`,
		predict: (world) => [{ world: elapsed(world, seconds), outcome: undefined }],
		perform: ({ elapse: pass }) => pass(seconds * 1_000),
	};
}
