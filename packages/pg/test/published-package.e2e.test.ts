/** The package as it is published: packed, installed beside its dependencies, and used on an empty database. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createFreshDatabase, startPostgres } from '@cb/test-postgres';
import { expect, it, onTestFinished } from 'vitest';

const packages = fileURLToPath(new URL('../..', import.meta.url));
const pnpm = join(packages, '..', 'node_modules', '.bin', 'pnpm');

/** Installs a package of this repository as npm would install its tarball. */
function installPacked(name: string, into: string): void {
	const directory = mkdtempSync(join(tmpdir(), 'cb-packed-'));
	try {
		execFileSync(pnpm, ['pack', '--pack-destination', directory], { cwd: join(packages, name), stdio: 'ignore' });
		const target = join(into, 'node_modules', '@cb', name);
		mkdirSync(target, { recursive: true });
		for (const file of readdirSync(directory)) {
			execFileSync('tar', ['-xzf', join(directory, file), '-C', target, '--strip-components=1']);
		}
	} finally {
		rmSync(directory, { recursive: true });
	}
}

function installDependency(name: string, of: string, into: string): void {
	const target = join(into, 'node_modules', name);
	mkdirSync(join(target, '..'), { recursive: true });
	symlinkSync(realpathSync(join(packages, of, 'node_modules', name)), target, 'dir');
}

it('S8 migrates an empty database on which batches, the troubleshooting queue and processes work', async () => {
	const project = mkdtempSync(join(tmpdir(), 'cb-project-'));
	onTestFinished(() => {
		rmSync(project, { recursive: true });
	});
	for (const name of ['core', 'pg']) installPacked(name, project);
	for (const name of ['uuid', 'zod', '@standard-schema/spec']) installDependency(name, 'core', project);
	installDependency('pg', 'pg', project);
	const program = join(project, 'program.ts');
	copyFileSync(new URL('fixtures/published-program.ts', import.meta.url), program);
	const server = await startPostgres();
	const database = await createFreshDatabase(server.url);
	onTestFinished(async () => {
		await database.drop();
		await server.stop();
	});

	const output = execFileSync(process.execPath, [program, database.url], { cwd: project, encoding: 'utf8', env: {} });

	expect(JSON.parse(output)).toEqual({
		schemaVersion: expect.any(Number) as number,
		batch: 'COMPLETED',
		troubleshooting: ['IN_TROUBLESHOOTING_QUEUE', 1, 'done', 'COMPLETED'],
		process: ['started', 'advanced', 'COMPLETED', ['SUCCEEDED']],
		repeated: 0,
	});
});

it('reads no files at run time: everything it needs is in the module', () => {
	const project = mkdtempSync(join(tmpdir(), 'cb-project-'));
	onTestFinished(() => {
		rmSync(project, { recursive: true });
	});

	installPacked('pg', project);

	const files = readdirSync(join(project, 'node_modules', '@cb', 'pg'), { recursive: true }).map(String);
	expect(files).toEqual(expect.arrayContaining(['package.json', 'README.md', 'LICENSE', join('dist', 'index.js')]));
	expect(files.filter((file) => /\.test\.|^src|^test/.test(file))).toEqual([]);
});
