/** Asks the registry for known vulnerabilities of what is shipped: the dependencies of production. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { auditVerdict } from './audit-verdict.mjs';
import { binaries, root } from './program.mjs';

const longestMs = 60_000;
const verdicts = { clean: 0, 'not-asked': 0, serious: 1, unreadable: 1 };

/** The number of checks that failed: 0 or 1. What was found, or why nobody could look, goes to standard output. */
export async function auditDependencies() {
	const { kind, sentences } = auditVerdict(await askRegistry());
	for (const sentence of sentences) console.log(`audit: ${sentence}`);
	return verdicts[kind];
}

/** pnpm ends with 1 when it found something and when it could not look; what it printed says which. */
function askRegistry() {
	const options = {
		cwd: root,
		timeout: longestMs,
		maxBuffer: 2 ** 26,
		env: { ...process.env, npm_config_fetch_retries: '0' },
	};
	return new Promise((resolve) => {
		execFile(join(binaries, 'pnpm'), ['audit', '--prod', '--json'], options, (error, stdout, stderr) => {
			if (error?.killed === true) resolve(timedOut);
			else resolve(stdout.trim() === '' ? stderr : stdout);
		});
	});
}

const timedOut = JSON.stringify({
	error: { code: 'ETIMEDOUT', message: `no answer within ${longestMs / 1_000} seconds` },
});
