import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStatementFiles } from '../src/reporting/statement-files.ts';

let directory: string;

beforeEach(() => {
	directory = mkdtempSync(join(tmpdir(), 'cb-demo-files-'));
});

afterEach(() => {
	rmSync(directory, { recursive: true, force: true });
});

const wanted = new AbortController().signal;

describe('the files of the reports', () => {
	it('are replaced when a step is done again', async () => {
		const { rendered } = openStatementFiles(directory);

		await rendered.write('a.csv', 'first', wanted);
		await rendered.write('a.csv', 'second', wanted);

		expect(await rendered.read('a.csv')).toBe('second');
		expect(await rendered.list()).toEqual(['a.csv']);
	});

	it('are not written by an attempt that is no longer wanted, not even in part', async () => {
		const { rendered } = openStatementFiles(directory);

		await expect(rendered.write('a.csv', 'late', AbortSignal.abort())).rejects.toThrow();

		expect(readdirSync(join(directory, 'rendered'))).toEqual([]);
	});

	it('are removed once, and missing ones are no trouble', async () => {
		const { rendered } = openStatementFiles(directory);
		await rendered.write('a.csv', 'text', wanted);

		expect(await rendered.remove(['a.csv', 'b.csv'])).toBe(1);
		expect(await rendered.remove(['a.csv', 'b.csv'])).toBe(0);
		expect(await rendered.read('a.csv')).toBeUndefined();
		expect(await openStatementFiles(join(directory, 'nowhere')).rendered.list()).toEqual([]);
	});
});
