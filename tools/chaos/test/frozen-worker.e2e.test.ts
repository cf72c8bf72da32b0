/** One handler in one process that stands still, and another process that takes over: what each of them is told. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { applicationUrl, openDatabase } from '../src/chaos-database.ts';
import { createCrew } from '../src/crew.ts';
import type { Crew } from '../src/crew.ts';
import { Linger, domain } from '../src/load/commands.ts';
import { openReferee } from '../src/referee.ts';
import type { Query } from '../src/referee.ts';
import { openGround } from './short-form.ts';
import type { Ground } from './short-form.ts';

let ground: Ground;

beforeAll(async () => {
	ground = await openGround();
});

afterAll(async () => {
	await ground.server.close();
});

interface Site {
	readonly crew: Crew;
	readonly query: Query;
	/** What the handlers of a process wrote down, such as `called 1`: phase and attempt. */
	readonly calls: (name: string) => Promise<readonly string[]>;
}

async function openSite(): Promise<Site> {
	const { server, template } = ground;
	const database = await openDatabase(server.url, template);
	const directory = await mkdtemp(join(tmpdir(), 'cb-chaos-ledger-'));
	const connection = applicationUrl(database.url, template);
	const referee = openReferee(() => database.url);
	const crew = createCrew({ directory, seed: 1, defaults: () => ({ connection }) });
	onTestFinished(async () => {
		await crew.close();
		await referee.close();
		await database.drop();
		await rm(directory, { recursive: true });
	});
	return {
		crew,
		query: referee.query,
		async calls(name) {
			const lines = (await readFile(join(directory, `${name}.jsonl`), 'utf8')).trim().split('\n');
			return lines
				.filter((line) => line !== '')
				.map((line) => JSON.parse(line) as { phase: string; attempt: number })
				.map(({ phase, attempt }) => `${phase} ${attempt}`);
		},
	};
}

const patiently = { timeout: 30_000, interval: 50 };

it('C13 a worker that stood still for longer than its lease finds it lost and tells its handler, whoever has the command now', async () => {
	const { crew, query, calls } = await openSite();
	const frozen = crew.add('worker');
	await frozen.ready;
	await query('select cb.send(domain => $1::text, command_type => $2::text, data => $3::jsonb)', [
		domain,
		Linger.type,
		{ number: 1 },
	]);
	await expect.poll(() => calls(frozen.name), patiently).toEqual(['called 1']);

	frozen.pause();
	const other = crew.add('worker');
	await other.ready;
	await expect.poll(() => calls(other.name), patiently).toEqual(['called 2']);
	frozen.goOn();

	await expect.poll(() => calls(frozen.name), patiently).toEqual(['called 1', 'aborted 1']);
	expect(await calls(other.name)).toEqual(['called 2']);
});
