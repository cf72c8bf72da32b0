/** Every suite of a full run in its short form: that it runs, and that what was sent, stored and handled is the same number. Never how fast. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { allSuites } from '../src/suites/index.ts';
import { bench, outputOf } from './bench-run.ts';
import type { BenchOutput } from './bench-run.ts';

const longestRunMs = 600_000;
const besidePeers = ['send', 'drain'];
const ofOurs = allSuites.filter((name) => !besidePeers.includes(name));

describe('npm run bench', () => {
	it(
		'sends to every system and has every system work off what was sent, each once',
		async () => {
			const run = await bench('--suite', besidePeers.join(','), '--quick', '--json');

			const output = outputOf(run);
			expectComplete(output, besidePeers);
			expect(run.code).toBe(0);
			const hasRedis = Object.hasOwn(output.systems, 'BullMQ');
			expect(output.settings['absent'] ?? '').toEqual(hasRedis ? '' : expect.stringContaining('BullMQ'));
			for (const label of ['cb', 'bare PGMQ', 'pg-boss', 'graphile-worker', 'DBOS', ...(hasRedis ? ['BullMQ'] : [])]) {
				for (const figure of ['send, 50 callers', 'send, 1 caller', 'drain']) {
					expect(output.rows.map(({ name }) => name)).toContain(`${figure}: ${label}`);
				}
			}
		},
		longestRunMs,
	);

	it(
		'runs every other suite on ourselves and the bare queue, and writes the same to a file',
		async () => {
			const folder = mkdtempSync(join(tmpdir(), 'cb-bench-'));
			const file = join(folder, 'out.json');
			try {
				const run = await bench(
					...['--suite', ofOurs.join(','), '--peers', 'none', '--quick', '--json', '--out', file],
				);

				const output = outputOf(run);
				expectComplete(output, ofOurs);
				expect(run.code).toBe(0);
				expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(JSON.parse(run.stdout.trimEnd()));
				expect(valueOf(output, 'sustained, done: cb')).toBe(valueOf(output, 'sustained, offered'));
				expect(valueOf(output, 'sustained, done: bare PGMQ')).toBe(valueOf(output, 'sustained, offered'));
				expect(valueOf(output, 'idle worker: connections')).toBeGreaterThan(0);
				expect(Object.keys(output.systems)).toEqual(['cb', 'bare PGMQ']);
			} finally {
				rmSync(folder, { recursive: true, force: true });
			}
		},
		longestRunMs,
	);

	it('says what there is, and what is not', async () => {
		const [help, stranger] = await Promise.all([bench('--help'), bench('--suite', 'speed')]);

		expect(help).toMatchObject({ code: 0, stderr: '' });
		for (const name of allSuites) expect(help.stdout).toContain(name);
		expect(help.stdout).toContain('Examples:');
		expect(stranger).toMatchObject({ code: 2, stdout: '' });
		expect(stranger.stderr).toContain('There is no suite "speed".');
	});
});

function expectComplete(output: BenchOutput, names: readonly string[]): void {
	expect(output.suite.split(',')).toEqual(names);
	expect(output.suites.filter(({ error }) => error !== undefined)).toEqual([]);
	for (const name of names) expect(output.rows.map(({ suite }) => suite)).toContain(name);
	for (const { min, median, max } of output.rows) {
		expect(min).toBeGreaterThanOrEqual(0);
		expect(median).toBeGreaterThanOrEqual(min);
		expect(max).toBeGreaterThanOrEqual(median);
	}
	for (const { measured, kind, bar, met } of output.bars) {
		if (measured !== null) expect(met).toBe(kind === 'at least' ? measured >= bar : measured <= bar);
	}
	expect(output.server).toMatchObject({ fsync: 'on', synchronous_commit: 'on' });
}

function valueOf(output: BenchOutput, figure: string): number | undefined {
	return output.rows.find(({ name }) => name === figure)?.median;
}
