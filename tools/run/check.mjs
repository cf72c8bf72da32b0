/**
 * Runs every check that needs no test; turbo skips those whose inputs have not changed. The audit of dependencies is asked for
 * each time, beside turbo, for its answer changes without us, and what it says must be seen also when nothing failed.
 */
import { readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { auditDependencies } from './audit.mjs';
import { binaries, root, run } from './program.mjs';

const tasks = [
	'build',
	'typecheck',
	'lint',
	'boundaries',
	'unused',
	'format:check',
	'migrations:check',
	'docs:check',
	'check:package',
	'api:check',
];
const summaries = join(root, '.turbo', 'runs');

/** The number of checks that failed. */
export async function runChecks() {
	rmSync(summaries, { recursive: true, force: true });
	const flags = ['--continue', '--summarize', '--output-logs=errors-only', '--concurrency=2'];
	const [code, failedAudits] = await Promise.all([
		run(join(binaries, 'turbo'), ['run', ...tasks, ...flags], { output: 'stdout' }),
		auditDependencies(),
	]);
	return failedAudits + (code === 0 ? 0 : Math.max(1, failuresInSummary()));
}

function failuresInSummary() {
	try {
		const [file] = readdirSync(summaries);
		return JSON.parse(readFileSync(join(summaries, file), 'utf8')).execution.failed;
	} catch {
		return 0;
	}
}
