import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StoreError } from '@cb/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLogger } from './logging.ts';

let directory: string;

beforeEach(() => {
	directory = mkdtempSync(join(tmpdir(), 'cb-demo-log-'));
});

afterEach(() => {
	rmSync(directory, { recursive: true, force: true });
});

/** As the driver throws it: the row that was refused, the statement that was running, the value that could not be read. */
const refused = Object.assign(new Error('null value in column "status" violates not-null constraint'), {
	code: '23502',
	detail: 'Failing row contains (payments, secret).',
	where: 'JSON data, line 1: {"iban": "secret"',
	internalQuery: "insert into ledger values ('secret')",
});

describe.each(['json', 'text'] as const)('a log as %s', (format) => {
	function logged(error: unknown): string {
		const file = join(directory, 'log');
		createLogger({ level: 'debug', format }, 'test', file).error({ err: error, commandId: 'c-1' }, 'it failed');
		return readFileSync(file, 'utf8');
	}

	it.each([
		['from the driver', refused],
		[
			'translated',
			new StoreError('It could not be stored.', { reason: 'unknown', isRetryable: false }, { cause: refused }),
		],
	])('tells of an error %s without the row that the database quotes', (_where, error) => {
		const text = logged(error);

		expect(text).toContain('it failed');
		expect(text).toContain('c-1');
		expect(text).toContain('violates not-null constraint');
		expect(text).not.toContain('secret');
	});
});
