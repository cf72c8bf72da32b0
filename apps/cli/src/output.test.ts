import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createOutput, jsonText, onClosedPipe } from './output.ts';
import type { Failure } from './failure.ts';

const failure: Failure = {
	code: 'command-not-found',
	message: 'Command 1 does not exist.',
	advice: 'List them.',
	exitCode: 3,
	facts: { domain: 'payments' },
};

function open(isJson: boolean, isDebug = false) {
	const stdout = new PassThrough();
	const stderr = new PassThrough();
	const output = createOutput({ stdout, stderr, isJson, isDebug, wantsColor: () => false });
	const text = (stream: PassThrough): string => String(stream.read() ?? '');
	return { output, stdout: () => text(stdout), stderr: () => text(stderr) };
}

describe('jsonText', () => {
	it('stays the same value and cannot steer a terminal', () => {
		const value = { text: '\u001b[2J \u009b2J \u202e and "quotes"', list: [1, null, true] };

		const text = jsonText(value, false);

		expect(JSON.parse(text)).toEqual(value);
		// eslint-disable-next-line no-control-regex -- the point is that none is left
		expect(text).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/u);
	});
});

describe('output', () => {
	it('prints one line of JSON for programs', () => {
		const { output, stdout } = open(true);

		output.document({ at: new Date('2026-03-01T00:00:00Z'), items: [] });

		expect(stdout()).toBe('{"at":"2026-03-01T00:00:00.000Z","items":[]}\n');
	});

	it('tells a failure in one line and what to do in the next, on standard error only', () => {
		const { output, stdout, stderr } = open(false);

		output.failure(failure, new Error('boom'));

		expect(stderr()).toBe('cb: Command 1 does not exist.\n    List them.\n');
		expect(stdout()).toBe('');
	});

	it('lets no message steer the terminal, whatever it quotes', () => {
		const { output, stderr } = open(false, true);
		const hostile = '\u001b[2J\u0000\u202e';

		output.failure({ ...failure, message: hostile, advice: hostile }, new Error(hostile));

		const text = stderr();
		// eslint-disable-next-line no-control-regex -- the point is that none is left
		expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/u);
		expect(text).toContain(String.raw`\u001b[2J`);
	});

	it('tells a failure as one JSON document as well, with the facts of the error', () => {
		const { output, stdout } = open(true);

		output.failure(failure, new Error('boom'));

		expect(JSON.parse(stdout())).toEqual({
			error: {
				code: 'command-not-found',
				message: 'Command 1 does not exist.',
				advice: 'List them.',
				exitCode: 3,
				domain: 'payments',
			},
		});
	});

	it('shows stacks and causes only when asked', () => {
		const error = new Error('outer', { cause: new Error('inner') });
		const plain = open(false);
		const debug = open(false, true);

		plain.output.failure(failure, error);
		debug.output.failure(failure, error);

		expect(plain.stderr()).not.toContain('at ');
		expect(debug.stderr()).toMatch(/Error: outer[^]*at [^]*caused by Error: inner/u);
	});

	it('takes a closed pipe as the end of interest, and any other trouble as trouble', () => {
		const stream = new PassThrough();
		let isClosed = false;
		onClosedPipe([stream], () => {
			isClosed = true;
		});

		stream.emit('error', Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));

		expect(isClosed).toBe(true);
		expect(() => stream.emit('error', Object.assign(new Error('no space'), { code: 'ENOSPC' }))).toThrow('no space');
	});
});
