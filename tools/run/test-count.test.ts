import { describe, expect, it } from 'vitest';
import { countTests } from './test-count.mjs';

function report(...files: readonly (readonly string[])[]): Parameters<typeof countTests>[0] {
	return {
		testResults: files.map((statuses) => ({
			name: 'example.test.ts',
			status: statuses.every((status) => status === 'passed') && statuses.length > 0 ? 'passed' : 'failed',
			assertionResults: statuses.map((status) => ({ status })),
		})),
	};
}

describe('counting the tests of a run', () => {
	it('adds up the files', () => {
		expect(countTests(report(['passed', 'passed'], ['passed', 'failed']), 1)).toMatchObject({ passed: 3, failed: 1 });
	});

	it('repeats what failed, with where and why', () => {
		const failing = {
			status: 'failed',
			fullName: 'adding adds',
			failureMessages: ['expected 3 to be 4\n  at add.test.ts:3'],
		};
		const { problems } = countTests(
			{ testResults: [{ name: 'add.test.ts', status: 'failed', assertionResults: [failing] }] },
			1,
		);
		expect(problems).toEqual(['add.test.ts: adding adds\n    expected 3 to be 4\n      at add.test.ts:3']);
	});

	it('counts a file that could not be loaded as one failure', () => {
		expect(countTests(report(['passed'], []), 1)).toMatchObject({ passed: 1, failed: 1 });
	});

	it('counts an error outside any test as one failure', () => {
		expect(countTests(report(['passed']), 1)).toMatchObject({ passed: 1, failed: 1 });
	});

	it('refuses a run without tests', () => {
		expect(countTests(report(), 1)).toEqual({ passed: 0, failed: 1, problems: ['no tests ran'] });
	});

	it('refuses a run without a report', () => {
		expect(countTests(undefined, 0)).toMatchObject({ passed: 0, failed: 1 });
	});

	it('has nothing to say about a good run', () => {
		expect(countTests(report(['passed']), 0)).toEqual({ passed: 1, failed: 0, problems: [] });
	});
});
