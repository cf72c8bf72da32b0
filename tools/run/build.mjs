/**
 * Builds everything that has changed. turbo knows what that is, but asking it takes half a second; when no input was touched
 * since the last build, a look at the sizes and times of the files is enough.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { binaries, root, run } from './program.mjs';

const stamp = join(root, '.turbo', 'built');
const workspaceFolders = ['packages', 'apps'];
const notInputs = new Set(['node_modules', 'dist', '.turbo', '.tsbuild', 'generated', 'test', 'api', 'coverage']);
const sharedInputs = ['pnpm-lock.yaml', 'tsconfig.base.json', 'turbo.json', 'tools/tsup.ts'];

export async function ensureBuilt() {
	const before = fingerprint();
	if (existsSync(stamp) && readFileSync(stamp, 'utf8') === before && outputs().every((file) => existsSync(file)))
		return;
	const code = await run(join(binaries, 'turbo'), ['run', 'build', '--output-logs=errors-only', '--concurrency=3']);
	if (code !== 0) throw new Error(`the build failed with exit code ${code}`);
	mkdirSync(dirname(stamp), { recursive: true });
	writeFileSync(stamp, before);
}

function workspaces() {
	return workspaceFolders.flatMap((folder) =>
		readdirSync(join(root, folder))
			.map((name) => join(root, folder, name))
			.filter((path) => existsSync(join(path, 'package.json'))),
	);
}

function outputs() {
	return workspaces().map((path) => join(path, 'dist'));
}

function fingerprint() {
	const hash = createHash('sha256');
	const add = (path) => {
		const { size, mtimeMs } = statSync(path);
		hash.update(`${path} ${size} ${mtimeMs}\n`);
	};
	for (const file of sharedInputs) add(join(root, file));
	for (const path of workspaces()) forEachInput(path, add);
	return hash.digest('hex');
}

function forEachInput(directory, visit) {
	for (const entry of readdirSync(directory, { withFileTypes: true })) {
		if (notInputs.has(entry.name)) continue;
		const path = join(directory, entry.name);
		if (entry.isDirectory()) forEachInput(path, visit);
		else visit(path);
	}
}
