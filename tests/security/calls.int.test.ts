/** Whatever is said to whichever call: it is done, or refused by name, and what is refused changes no row. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyCall, attackedOf } from './src/calls.ts';
import { parkTen } from './src/park-ten.ts';
import { openTargets, outcomeOf } from './src/target.ts';

const targets = await openTargets();

describe.each(targets)('calls $name', (target) => {
	it('2.10 with anything in any place are done, or refused by name without a changed row', async () => {
		const attacked = attackedOf(target, await parkTen(target));
		const codes = new Map<string, number>();
		let before = await target.everything();

		await fc.assert(
			fc.asyncProperty(anyCall, async (call) => {
				const outcome = await outcomeOf(() => call(attacked));
				const after = await target.everything();

				if (outcome.kind === 'refused') {
					expect(outcome.code).not.toBe('store');
					expect(after).toEqual(before);
				}
				before = after;
				const code = outcome.kind === 'refused' ? outcome.code : 'done';
				codes.set(code, (codes.get(code) ?? 0) + 1);
			}),
			{ numRuns: 600 },
		);

		expect(codes.get('done')).toBeGreaterThan(20);
		expect(codes.get('invalid-argument')).toBeGreaterThan(100);
	});
});
