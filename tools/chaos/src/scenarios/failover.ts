/** A primary with a synchronous standby: the primary is killed, the standby takes over, and everybody finds it by the list of hosts he was given. */
import { createSmallTablespace, forgetStandby, startStandby } from '@cb/test-postgres';
import type { Standby } from '@cb/test-postgres';
import type { DatabaseServer } from '../primary.ts';
import type { ChaosContext, Injector, Scenario, Stage } from '../scenario.ts';
import { pause, untilAborted } from '../waiting.ts';

export const failover: Scenario = {
	name: 'failover',
	fault: 'the primary is killed and its synchronous standby promoted; clients find it by themselves',
	lines: ['S3', 'S11'],
	// A receive does not wait for the standby.
	forgetsLeases: true,
	// There is one standby.
	isFinal: true,
	open,
};

/** Until somebody notices that the primary is gone. */
const noticedAfterMs = 1_000;

async function open({ primary }: Stage): Promise<Injector> {
	const { server: first, disk: itsDisk } = primary;
	// A full disk is the primary's alone: a standby without room stops.
	const disk = itsDisk === undefined ? undefined : await createSmallTablespace(itsDisk.sizeBytes);
	const standby = await startStandby(first, { tablespaceLocation: disk?.location });
	primary.hasStandby({ server: standby, disk });
	return {
		inject: (context) => failOver(standby, disk, context),
		async close() {
			await standby.close();
			await disk?.remove();
			await first.start();
			await forgetStandby(first);
		},
	};
}

async function failOver(
	standby: Standby,
	disk: DatabaseServer['disk'],
	{ primary, signal, count, progress }: ChaosContext,
): Promise<void> {
	await primary.server.stop('kill');
	await pause(noticedAfterMs);
	await standby.promote();
	primary.isFollowedBy({ server: standby, disk });
	count();
	progress('the standby has taken over');
	await untilAborted(signal);
}
