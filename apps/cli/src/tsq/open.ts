/** The Troubleshooting Queue of `@cb/ops` on the connected store, loaded on first use. */
import type { TroubleshootingQueue } from '@cb/ops';
import type { Context } from '../context.ts';

export async function openTroubleshooting(context: Context): Promise<TroubleshootingQueue> {
	const [backend, { createTroubleshootingQueue }] = await Promise.all([context.backend(), import('@cb/ops')]);
	return createTroubleshootingQueue(backend);
}
