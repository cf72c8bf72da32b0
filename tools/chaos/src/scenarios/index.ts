/** Every scenario by name. A new one is a file here and a line below. */
import type { Scenario } from '../scenario.ts';
import { backendKill } from './backend-kill.ts';
import { calm } from './calm.ts';
import { clock } from './clock.ts';
import { diskFull } from './disk-full.ts';
import { everythingOf } from './everything.ts';
import { failover } from './failover.ts';
import { migration } from './migration.ts';
import { operators } from './operators.ts';
import { partition, partitionListen } from './partition.ts';
import { poison } from './poison.ts';
import { poolExhaustion } from './pool-exhaustion.ts';
import { restartFast } from './restart-fast.ts';
import { restartImmediate } from './restart-immediate.ts';
import { stall } from './stall.ts';
import { workerKill } from './worker-kill.ts';

/** In the order in which they are set up: a standby copies a disk that can be filled, and networks lead to every server. */
const faults: readonly Scenario[] = [
	workerKill,
	stall,
	backendKill,
	restartFast,
	restartImmediate,
	diskFull,
	failover,
	partition,
	partitionListen,
	poolExhaustion,
	clock,
	poison,
	migration,
	operators,
];

export const everything = everythingOf(faults);

export const scenarios: readonly Scenario[] = [calm, ...faults, everything];
