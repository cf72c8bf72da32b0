/** What lies on disk against what the processes say: every finished report has its files, and nobody else has left any. */
import type { Queryable } from '@cb/pg';
import type { FileDrawer } from '../reporting/statement-files.ts';
import type { Violations } from '../statements/checks/check.ts';
import { readRenderedFiles } from '../statements/read-rendered-files.ts';
import type { Verdict } from './check-invariants.ts';

const sampleCount = 5;

export async function checkFiles(db: Queryable, rendered: FileDrawer): Promise<Verdict> {
	const wanted = await readRenderedFiles(db);
	const present = await rendered.list();
	const missing = wanted.filter((file) => !present.includes(file));
	const left = present.filter((file) => !wanted.includes(file));
	const broken = [
		violationsOf('every finished report has its files', 'lost', missing),
		violationsOf('no report that was canceled or failed has left a file', 'inconsistent', left),
	];
	const found = broken.filter((violations) => violations.count > 0);
	return { heldCount: broken.length - found.length, broken: found };
}

function violationsOf(name: string, damage: Violations['damage'], files: readonly string[]): Violations {
	return { name, damage, count: files.length, samples: files.slice(0, sampleCount) };
}
