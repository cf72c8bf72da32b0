/** Runs every check and every test, and ends with the line `N passed, N failed`. */
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { runChecks } from './check.mjs';
import { binaries, root, run } from './program.mjs';
import { countTests } from './test-count.mjs';

const projects = ['unit', 'types', 'docs', 'int', 'e2e'];
const reports = join(root, '.turbo', 'tests');

export async function runTests() {
	const failedChecks = await runChecks();
	const total = { passed: 0, failed: failedChecks };
	const problems = failedChecks === 0 ? [] : [`${failedChecks} of the checks`];
	for (const project of projects) {
		const { passed, failed, problems: found } = await runProject(project);
		total.passed += passed;
		total.failed += failed;
		problems.push(...found.map((problem) => `${project}: ${problem}`));
	}
	for (const problem of problems) console.log(`failed: ${problem}`);
	console.log(`${total.passed} passed, ${total.failed} failed`);
	return total.failed === 0 ? 0 : 1;
}

async function runProject(project) {
	const reportFile = join(reports, `${project}.json`);
	mkdirSync(reports, { recursive: true });
	rmSync(reportFile, { force: true });
	console.log(`\ntests: ${project}`);
	const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`];
	const code = await run(join(binaries, 'vitest'), ['run', '--project', project, ...reporters], { output: 'stdout' });
	return countTests(readReport(reportFile), code);
}

function readReport(file) {
	try {
		return JSON.parse(readFileSync(file, 'utf8'));
	} catch {
		return undefined;
	}
}
