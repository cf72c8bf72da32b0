/** Installs the dependencies when they are missing or the lockfile has changed since. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { binaries, root, run } from './program.mjs';

const stamp = join(root, 'node_modules', '.cb-installed');

export async function ensureInstalled() {
	const wanted = fingerprint();
	if (isInstalled(wanted)) return;
	const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
	console.error(`run: installing dependencies with ${packageManager}`);
	const code = await run('npx', ['--yes', packageManager, 'install', '--frozen-lockfile']);
	if (code !== 0) throw new Error(`installing the dependencies failed with exit code ${code}`);
	writeFileSync(stamp, wanted);
}

function isInstalled(wanted) {
	return existsSync(join(binaries, 'node')) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted;
}

function fingerprint() {
	const hash = createHash('sha256').update(`${process.platform} ${process.arch}\n`);
	for (const file of ['pnpm-lock.yaml', 'pnpm-workspace.yaml']) hash.update(readFileSync(join(root, file)));
	return hash.digest('hex');
}
