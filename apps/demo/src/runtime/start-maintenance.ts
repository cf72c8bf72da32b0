/** Removes what is over and old, in the background. Every process with workers runs it; one at a time does it. */
import { createMaintenance } from '@cb/ops';
import type { Maintenance } from '@cb/ops';
import type { Closings } from './closings.ts';
import type { Engine } from './engine.ts';

export async function startMaintenance(
	{ backend, telemetry, config }: Pick<Engine, 'backend' | 'telemetry' | 'config'>,
	closings: Closings,
): Promise<Maintenance> {
	const { retentionSeconds } = config;
	const maintenance = createMaintenance({
		backend,
		telemetry,
		retention: {
			commandsSeconds: retentionSeconds,
			processesSeconds: retentionSeconds,
			batchesSeconds: retentionSeconds,
			repliesSeconds: retentionSeconds,
			bulksSeconds: retentionSeconds,
		},
	});
	closings.add('maintenance', () => maintenance.stop());
	await maintenance.start();
	return maintenance;
}
