import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { describe, expect, it } from 'vitest';
import { startPostgres } from '../src/index.ts';

const holderProgram = fileURLToPath(new URL('holder.ts', import.meta.url));
const isExternal = (process.env['CB_DATABASE_URL'] ?? '') !== '';

interface Holder {
	readonly child: ChildProcess;
	readonly url: string;
	readonly dataDirectory: string;
	readonly serverPid: number;
}

async function hold(behaviour: string, temporary: string): Promise<Holder> {
	const child = spawn(process.execPath, [holderProgram, behaviour], {
		stdio: ['ignore', 'pipe', 'ignore'],
		env: { PATH: process.env['PATH'], TMPDIR: temporary },
	});
	for await (const line of createInterface({ input: child.stdout })) {
		const { url } = JSON.parse(line) as { url: string };
		const [scratch] = readdirSync(temporary);
		const dataDirectory = join(temporary, scratch ?? '', 'data');
		return { child, url, dataDirectory, serverPid: pidOfServer(dataDirectory) };
	}
	throw new Error('The holder ended without a server.');
}

/** The servers of a machine, found by their data directory. */
function pidOfServer(dataDirectory: string): number {
	const processes = execFileSync('ps', ['-eo', 'pid=,args='], { encoding: 'utf8' }).split('\n');
	return Number(
		processes
			.find((line) => line.includes(`postgres -D ${dataDirectory}`))
			?.trim()
			.split(' ')[0],
	);
}

function isAlive(pid: number): boolean {
	try {
		return process.kill(pid, 0);
	} catch {
		return false;
	}
}

async function expectNothingLeft({ serverPid, dataDirectory }: Holder): Promise<void> {
	await expect.poll(() => isAlive(serverPid), { timeout: 30_000 }).toBe(false);
	await expect.poll(() => existsSync(join(dataDirectory, '..')), { timeout: 30_000 }).toBe(false);
}

async function inTemporaryDirectory(run: (directory: string) => Promise<void>): Promise<void> {
	const directory = mkdtempSync(join(tmpdir(), 'cb-test-'));
	execFileSync('chmod', ['755', directory]);
	try {
		await run(directory);
	} finally {
		rmSync(directory, { recursive: true, force: true });
	}
}

async function query(url: string, text: string): Promise<readonly unknown[]> {
	const client = new Client({ connectionString: url });
	await client.connect();
	try {
		return (await client.query<Record<string, unknown>>(text)).rows;
	} finally {
		await client.end();
	}
}

describe.each(['SIGKILL', 'SIGINT', 'SIGTERM'] as const)('a parent that receives %s', (signal) => {
	it('leaves no server and no files behind', async () => {
		await inTemporaryDirectory(async (directory) => {
			const holder = await hold('wait', directory);
			expect(isAlive(holder.serverPid)).toBe(true);

			holder.child.kill(signal);

			await expectNothingLeft(holder);
		});
	});
});

describe.each(['throw', 'exit', 'return'])('a parent that ends by itself (%s)', (behaviour) => {
	it('leaves no server and no files behind', async () => {
		await inTemporaryDirectory(async (directory) => {
			const holder = await hold(behaviour, directory);

			if (holder.child.exitCode === null) await once(holder.child, 'exit');

			await expectNothingLeft(holder);
		});
	});
});

describe.runIf(!isExternal)('a server of this process', () => {
	it('keeps its data when it is to be persistent', async () => {
		await inTemporaryDirectory(async (directory) => {
			const dataDirectory = join(directory, 'kept');
			const first = await startPostgres({ dataDirectory, persistent: true });
			await query(first.url, 'create table kept as select 42 as answer');
			await first.stop();

			const second = await startPostgres({ dataDirectory, persistent: true, settings: { work_mem: '5MB' } });

			expect(await query(second.url, 'select answer from kept')).toEqual([{ answer: 42 }]);
			expect(await query(second.url, 'show work_mem')).toEqual([{ work_mem: '5MB' }]);
			await second.stop();
		});
	});

	it('says why when it cannot start', async () => {
		await expect(startPostgres({ settings: { shared_buffers: 'much' } })).rejects.toThrow('shared_buffers');
	});

	it('may be stopped twice', async () => {
		const server = await startPostgres();

		await Promise.all([server.stop(), server.stop()]);

		await expect(query(server.url, 'select 1')).rejects.toThrow('ECONNREFUSED');
	});
});
