/** Races that are sure to happen: everybody is held at the same lock, seen waiting there, and let go at once. */
import type { CommandAddress } from '@cb/core';
import type { Scene } from './scene.ts';
import { until } from './until.ts';

/**
 * Locks the row of the command, starts all contenders, waits until `waiting` of their sessions stand at a lock, and lets them go.
 * Resolves with how each ended.
 */
export async function raceFor<Result>(
	scene: Scene,
	{ domain, commandId }: CommandAddress,
	contenders: readonly (() => Promise<Result>)[],
): Promise<readonly PromiseSettledResult<Result>[]> {
	const holder = await scene.connect();
	await holder.query('begin');
	await holder.query('select from cb.command c where c.domain = $1::text and c.command_id = $2::uuid for update', [
		domain,
		commandId,
	]);
	const all = Promise.allSettled(contenders.map((contend) => contend()));
	await until(
		() => sessionsAtLock(scene),
		(seen) => seen === contenders.length,
		{
			what: `${contenders.length} sessions at the lock`,
		},
	);
	await holder.query('commit');
	return all;
}

function sessionsAtLock({ count }: Scene): Promise<number> {
	return count(
		`select count(*) from pg_stat_activity a where a.datname = current_database() and a.wait_event_type = 'Lock'`,
	);
}
