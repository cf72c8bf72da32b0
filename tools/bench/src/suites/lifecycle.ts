/**
 * Our whole life cycle (row, three audit lines, message, settle) beside the bare PGMQ loop on the same server, interleaved: draining with one
 * worker process, sending from 50 concurrent callers, and the worker's memory with a large backlog. A minute that shows whether something
 * has become slower.
 */
import type { BenchContext } from '../context.ts';
import type { SuiteResult } from '../measure.ts';
import { systemNamed } from '../stage.ts';
import { merged } from './merged.ts';
import { workerMemory } from './memory.ts';
import { besideOthers } from './drain.ts';
import { sendFromManyCallers } from './send.ts';

export async function lifecycle(context: BenchContext): Promise<SuiteResult> {
	const bareOnly = { ...context, systems: [systemNamed(context, 'cb'), systemNamed(context, 'bare')] };
	return merged([
		await besideOthers(bareOnly, { bare: 0.4 }),
		await sendFromManyCallers(bareOnly, { bare: 2.5 }),
		await workerMemory(context, { backlog: 200_000, concurrency: 100, limitMB: 200 }),
	]);
}
