import { StoreError } from '@cb/core';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { createInProcess } from '../test/in-process.ts';
import { CliError } from './cli-error.ts';
import { createProgram } from './program.ts';

function everyCommand(): readonly Command[] {
	const { stdout, stderr } = process;
	const program = createProgram({ stdout, stderr, execute: () => Promise.resolve(), hasColors: () => false });
	const below = (command: Command): readonly Command[] => [command, ...command.commands.flatMap(below)];
	return below(program);
}

function pathOf(command: Command): readonly string[] {
	return command.parent === null ? [] : [...pathOf(command.parent), command.name()];
}

const commands = everyCommand().map((command) => [pathOf(command).join(' '), pathOf(command)] as const);

describe('help', () => {
	it.each(commands)('of "cb %s" shows an example and fits 80 columns', async (_, path) => {
		const { exitCode, stdout, stderr } = await createInProcess().run([...path, '--help']);

		expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
		expect(stdout).toMatch(/Examples:\n {2}\$ /u);
		const [beforeExamples = ''] = stdout.split('Examples:');
		expect(Math.max(...beforeExamples.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
	});

	it('names every exit code', async () => {
		const { stdout } = await createInProcess().run(['--help']);

		for (const code of [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 130, 143]) {
			expect(stdout).toMatch(new RegExp(`^ +${String(code)} {2}\\S`, 'mu'));
		}
	});
});

describe('what cannot be understood', () => {
	it.each([
		[['sned'], "Unknown command 'sned'", 'Did you mean send?', 'cb --help'],
		[['tsq', 'lst'], "Unknown command 'lst'", 'Did you mean list?', 'cb tsq --help'],
		[['tsq', 'list', '--domian', 'x'], "Unknown option '--domian'", 'Did you mean --domain?', 'cb tsq list --help'],
		[['command', 'show', 'payments'], "Missing required argument 'id'", '', 'cb command show --help'],
		[['send', 'a', 'b'], "Required option '--data <json>' not specified", '', 'cb send --help'],
		[['queues', 'a', 'b'], 'Too many arguments', '', 'cb queues --help'],
		[['command', 'list', '--limit', '0'], 'It must be a whole number from 1 to 1000', '', 'cb command list --help'],
		[['command', 'list', '--cursor', 'x', '--offset', '1'], 'cannot be used with', '', 'cb command list --help'],
		[['migrate', 'up', '--pgmq', 'x'], 'Allowed choices are auto, extension, script', '', 'cb migrate up --help'],
	])('%j is refused with a suggestion and where to read on', async (...[words, problem, suggestion, help]) => {
		const { exitCode, stdout, stderr } = await createInProcess().run(words);

		expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
		expect(stderr).toContain(problem);
		expect(stderr).toContain(suggestion);
		expect(stderr).toContain(`See "${help}"`);
		expect(stderr).not.toContain('..');
	});

	it.each([[[]], [['tsq']], [['process']], [['migrate']]])(
		'%j shows help on standard error and exits with 2',
		async (words) => {
			const { exitCode, stdout, stderr } = await createInProcess().run(words);

			expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
			expect(stderr).toContain('Usage: cb');
		},
	);

	it('is one JSON document with --json', async () => {
		const { exitCode, stdout } = await createInProcess().run(['tsq', 'lst', '--json']);

		expect(exitCode).toBe(2);
		expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'usage', exitCode: 2 } });
	});
});

describe('the database', () => {
	const none = { databaseUrl: undefined };

	it('may be named in three ways, and all three are told when none is', async () => {
		const { exitCode, stderr } = await createInProcess().run(['queues'], { environment: none });

		expect(exitCode).toBe(2);
		expect(stderr).toMatch(/--database <url>.*CB_DATABASE_URL.*npm start/su);
	});

	it.each(['mysql://host/db', 'not a url', 'db.internal:5432'])(
		'is not "%s", and the text is not repeated',
		async (url) => {
			const byFlag = await createInProcess().run(['queues', '--database', url]);
			const byEnvironment = await createInProcess().run(['queues'], { environment: { databaseUrl: url } });

			expect([byFlag.exitCode, byEnvironment.exitCode]).toEqual([2, 2]);
			expect(byFlag.stderr).toContain('--database is not a PostgreSQL connection URL');
			expect(byEnvironment.stderr).toContain('CB_DATABASE_URL is not');
			expect(byFlag.stderr + byEnvironment.stderr).not.toContain(url);
		},
	);

	it('is refused when its schema does not fit', async () => {
		const cb = createInProcess();
		const { SchemaMismatchError } = await import('@cb/core');
		const checkSchema = (): Promise<never> => Promise.reject(new SchemaMismatchError('Run "cb migrate up".'));
		const openBackend = () => Promise.resolve({ ...cb.subject.backend, checkSchema });

		const { exitCode, stderr } = await cb.run(['queues'], { services: { openBackend } });

		expect(exitCode).toBe(9);
		expect(stderr).toContain('cb migrate up');
	});

	it('that does not answer is told apart from everything else', async () => {
		const store = new StoreError('connect ECONNREFUSED', { reason: 'connection', isRetryable: true });
		const openBackend = (): Promise<never> => Promise.reject(store);

		const { exitCode, stdout, stderr } = await createInProcess().run(['queues', '--json'], {
			services: { openBackend },
		});

		expect(exitCode).toBe(7);
		expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'store', reason: 'connection', isRetryable: true } });
		expect(stderr).toContain('Check that PostgreSQL runs');
	});
});

describe('an interruption', () => {
	it('decides the exit code', async () => {
		const ending = new AbortController();
		ending.abort(new CliError('Interrupted.', { code: 'interrupted', exitCode: 130 }));

		const { exitCode } = await createInProcess().run(['queues'], { signal: ending.signal });

		expect(exitCode).toBe(130);
	});

	it('by a reader who has seen enough is none', async () => {
		const ending = new AbortController();
		ending.abort(new CliError('Nobody reads.', { code: 'output-closed', exitCode: 0 }));

		const { exitCode } = await createInProcess().run(['queues', '--watch'], { signal: ending.signal });

		expect(exitCode).toBe(0);
	});
});
