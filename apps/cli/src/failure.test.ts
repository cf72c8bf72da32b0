import { ConflictError, PayloadInvalidError, StoreError } from '@cb/core';
import { describe, expect, it } from 'vitest';
import { usageError } from './cli-error.ts';
import { describeFailure } from './failure.ts';

describe('describeFailure', () => {
	it('passes on what the command line itself refuses', async () => {
		const failure = await describeFailure(usageError('No such flag.', 'See --help.'));

		expect(failure).toEqual({ code: 'usage', message: 'No such flag.', advice: 'See --help.', exitCode: 2, facts: {} });
	});

	it('keeps the facts of an error of the packages', async () => {
		const lastAct = { action: 'retry', operator: { id: 'bob' }, reason: null, at: new Date(0) } as const;

		const { code, exitCode, facts } = await describeFailure(new ConflictError('Changed.', 'PENDING', lastAct));

		expect({ code, exitCode, facts }).toEqual({ code: 'conflict', exitCode: 5, facts: { status: 'PENDING', lastAct } });
	});

	it('keeps the issues of an invalid payload', async () => {
		const issues = [{ path: '$.cents', message: 'must be a number' }];

		const { exitCode, facts } = await describeFailure(new PayloadInvalidError('Invalid.', issues));

		expect({ exitCode, facts }).toEqual({ exitCode: 8, facts: { issues } });
	});

	it.each([
		['connection', 7, 'Check that PostgreSQL runs'],
		['authorization', 6, 'Check the user'],
		['syntax', 7, 'cb migrate status'],
		['deadlock', 7, 'Repeat it'],
	] as const)('says what to do about a store that fails with %s', async (reason, exitCode, advice) => {
		const failure = await describeFailure(new StoreError('The store failed.', { reason, isRetryable: true }));

		expect(failure.exitCode).toBe(exitCode);
		expect(failure.advice).toContain(advice);
	});

	it('takes Ctrl-C at a question as an interruption', async () => {
		const abort = Object.assign(new Error('User force closed the prompt'), { name: 'ExitPromptError' });

		expect((await describeFailure(abort)).exitCode).toBe(130);
	});

	it('calls anything else a defect', async () => {
		expect(await describeFailure(new TypeError('x is not a function'))).toMatchObject({
			code: 'unexpected',
			exitCode: 1,
			message: 'TypeError: x is not a function',
		});
	});
});
