/** The disk of the database is full, and then it is not any more. The server's log has room: without, it would stop. */
import { canMount, createSmallTablespace } from '@cb/test-postgres';
import { escapeIdentifier, escapeLiteral } from 'pg';
import { ChaosError } from '../chaos-error.ts';
import { withReferee } from '../referee.ts';
import type { ChaosContext, Injector, Scenario, Stage } from '../scenario.ts';
import { between } from '../seeded-random.ts';
import { pause, repeatedly } from '../waiting.ts';

export const diskFull: Scenario = {
	name: 'disk-full',
	fault: 'the tablespace of the database fills up for a while and is freed, again and again',
	lines: ['S3'],
	isPossible: canMount,
	open,
};

/** What a run of a quarter of an hour needs. It is memory of this machine while the disk is full. */
const sizeBytes = 2 ** 29;

/** Throws where a small filesystem cannot be mounted. */
async function open({ primary }: Stage): Promise<Injector> {
	if (!canMount()) {
		throw new ChaosError(
			'disk-full mounts a small filesystem and fills it, and this process may not mount: run it as root, on Linux, outside a container that forbids it.',
		);
	}
	const space = await createSmallTablespace(sizeBytes);
	const database = escapeIdentifier(new URL(primary.databaseUrl).pathname.slice(1));
	const tablespace = escapeIdentifier(`small_${process.pid}`);
	const { url: home } = primary.server;
	await withReferee(home, async (query) => {
		await query(`create tablespace ${tablespace} location ${escapeLiteral(space.location)}`);
		await query(`alter database ${database} set tablespace ${tablespace}`);
	});
	primary.hasMovedTo(space);
	return {
		inject: fillAndFree,
		async close() {
			space.free();
			await withReferee(home, async (query) => {
				await query(`drop database ${database} with (force)`);
				await query(`drop tablespace ${tablespace}`);
			});
			await space.remove();
		},
	};
}

async function fillAndFree({ primary, signal, random, count, progress }: ChaosContext): Promise<void> {
	await repeatedly({ signal, intervalMs: 0 }, async () => {
		const fullMs = between(random, 1_000, 3_000);
		progress(`no room for ${fullMs} ms`);
		primary.disk?.fill();
		count();
		await pause(fullMs, signal);
		primary.disk?.free();
		await pause(between(random, 500, 1_500), signal);
	});
}
