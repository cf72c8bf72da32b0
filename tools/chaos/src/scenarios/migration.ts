/** The next version migrates under load, then its processes take over one by one: old and new ones work side by side, as docs/how-to/upgrade.md promises. */
import { ChaosError } from '../chaos-error.ts';
import type { Child } from '../child.ts';
import { migrateToNextVersion, nextVersion } from '../next-version/index.ts';
import type { ChaosContext, Injector, Scenario } from '../scenario.ts';
import { pause, untilAborted } from '../waiting.ts';

export const migration: Scenario = {
	name: 'migration',
	fault: 'the next version migrates while this one runs, and replaces it process by process',
	lines: ['S8'],
	isFinal: true,
	open,
};

const sideBySideMs = 700;

const settledText = `select count(*)::integer as count from cb.command c where c.settled_by_version = 'next'`;

function open(): Injector {
	let isMigrated = false;
	return {
		// An old one does not start any more, whoever has to replace it.
		optionsOf: () => (isMigrated ? { execArgv: nextVersion } : {}),
		async inject(context) {
			const { crew, primary, query, signal, progress, count } = context;
			await crew.ready();
			const old = crew.members();
			progress(await migrateToNextVersion(primary.databaseUrl));
			isMigrated = true;
			count();
			await rollOut(old, context);
			await untilAborted(signal);
			const [{ count: settled } = { count: 0 }] = await query(settledText);
			if (settled === 0) throw new ChaosError('No command was settled by the functions of the next version.');
		},
	};
}

/** New ones beside all old ones, who then go one by one. Not cut short: two crews would offer twice the load. */
async function rollOut(old: readonly Child[], { crew, count, progress }: ChaosContext): Promise<void> {
	await Promise.all(old.map(({ role }) => crew.add(role).ready));
	progress('old and new work side by side');
	for (const leaving of old) {
		await pause(sideBySideMs);
		await crew.dismiss(leaving);
		progress(`${leaving.name} has gone`);
		count();
	}
}
