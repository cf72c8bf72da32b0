/** Whatever is said to whichever call: it is done, or refused by name, and what is refused changes no row. */
import { exhaustedByRedelivery } from '@cb/core';
import type { CommandAddress } from '@cb/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Anything, anyCall, attackedOf } from './src/calls.ts';
import { domain, openTargets, outcomeOf } from './src/target.ts';
import type { Target } from './src/target.ts';

const targets = await openTargets();

async function parkTen({ bus, backend }: Target): Promise<readonly CommandAddress[]> {
	await Promise.all(Array.from({ length: 10 }, (_, order) => bus.send(Anything, { order })));
	const parked = { error: exhaustedByRedelivery, fingerprint: 'f' } as const;
	const { commands } = await backend.commands.receive({
		...{ domain, workerId: 'w', limit: 10, leaseSeconds: 30, maxAttemptsByType: {}, defaultMaxAttempts: 3 },
		exhausted: parked,
	});
	await backend.commands.settle(
		domain,
		commands.map(({ lease }) => ({ kind: 'park', lease, reason: 'PERMANENT', maxAttempts: 3, ...parked }) as const),
	);
	return commands.map(({ commandId }) => ({ domain, commandId }));
}

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
