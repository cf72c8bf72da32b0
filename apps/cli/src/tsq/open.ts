/** The Troubleshooting Queue of `@cb/ops` on the connected store, loaded on first use. */
import type { CommandDefinition } from '@cb/core';
import type { TroubleshootingQueue } from '@cb/ops';
import type { Context } from '../context.ts';

/** With `definitions`, payloads and results are checked against them. */
export async function openTroubleshooting(
	context: Context,
	definitions: readonly CommandDefinition[] = [],
): Promise<TroubleshootingQueue> {
	const [backend, { createTroubleshootingQueue }] = await Promise.all([context.backend(), import('@cb/ops')]);
	return createTroubleshootingQueue(backend, { definitions });
}
