import { describe, expect, it } from 'vitest';
import { exitCodeMeanings, exitCodeOf, exitCodeOfStore, exitCodes } from './exit-code.ts';

describe('exit codes', () => {
	it.each([
		['invalid-argument', 2],
		['command-not-found', 3],
		['bulk-not-found', 3],
		['domain-not-found', 3],
		['invalid-operation', 4],
		['conflict', 5],
		['duplicate-command', 5],
		['not-authorized', 6],
		['store', 7],
		['payload-invalid', 8],
		['schema-mismatch', 9],
		['wait-timed-out', 10],
	])('tell %s by %i', (code, exitCode) => {
		expect(exitCodeOf(code)).toBe(exitCode);
	});

	it('call a code of a later version unexpected', () => {
		expect(exitCodeOf('brand-new')).toBe(exitCodes.unexpected);
	});

	it('tell a role without privileges from a database that does not work', () => {
		expect([exitCodeOfStore('authorization'), exitCodeOfStore('connection')]).toEqual([6, 7]);
	});

	it('each have a meaning that help shows', () => {
		for (const code of Object.values(exitCodes)) expect(exitCodeMeanings[code]).not.toBe('');
	});
});
