/** Run in a package's folder: packs it as npm would publish it, and lets publint and attw judge the tarball. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

function run(command: string, commandArguments: readonly string[]): void {
	const { status, stdout, stderr } = spawnSync(command, commandArguments, { encoding: 'utf8' });
	if (status === 0) return;
	console.error(`${command} ${commandArguments.join(' ')}\n${stdout}${stderr}`);
	process.exitCode = 1;
}

const directory = mkdtempSync(join(tmpdir(), 'cb-package-'));
try {
	run('pnpm', ['pack', '--pack-destination', directory]);
	for (const file of readdirSync(directory)) {
		const tarball = join(directory, file);
		run('publint', ['run', tarball, '--strict']);
		run('attw', [tarball, '--profile', 'esm-only']);
	}
} finally {
	rmSync(directory, { recursive: true, force: true });
}
