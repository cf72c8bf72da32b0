/** Ten parked commands for attackers to act on. */
import { defineCommand, exhaustedByRedelivery } from '@cb/core';
import type { Backend, CommandAddress, CommandBus } from '@cb/core';
import { z } from 'zod';
import { domain } from './target.ts';

export const Anything = defineCommand({ domain, type: 'Anything', data: z.unknown() });

export async function parkTen({
	bus,
	backend,
}: {
	readonly bus: CommandBus;
	readonly backend: Pick<Backend, 'commands'>;
}): Promise<readonly CommandAddress[]> {
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
