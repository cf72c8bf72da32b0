import { describe, expect, it } from 'vitest';
import { createInProcess } from '../../test/in-process.ts';
import type { InProcess } from '../../test/in-process.ts';
import { CliError } from '../cli-error.ts';

async function parkedCount(cb: InProcess): Promise<unknown> {
	const page = await cb.json(['tsq', 'list', '--limit', '1']);
	return typeof page === 'object' && page !== null && 'count' in page ? page.count : undefined;
}

async function bulkStatuses(cb: InProcess): Promise<readonly string[]> {
	const { stdout } = await cb.run(['tsq', 'bulk', 'list']);
	return stdout
		.trim()
		.split('\n')
		.slice(1)
		.map((line) => line.split(/ {2,}/u)[2] ?? '');
}

/** The id of the only bulk there is. */
async function onlyBulk(cb: InProcess): Promise<string> {
	const { stdout } = await cb.run(['tsq', 'bulk', 'list']);
	return /[0-9a-f-]{36}/u.exec(stdout)?.[0] ?? '';
}

describe('an act on several commands', () => {
	it.each([
		['a filter', ['--domain', 'payments']],
		['everything', ['--all']],
	])('by %s is refused without a terminal and without --yes', async (_, words) => {
		const cb = createInProcess();
		await cb.park(3);

		const { exitCode, stderr } = await cb.run(['tsq', 'retry', ...words]);

		expect(exitCode).toBe(2);
		expect(stderr).toContain('say --yes');
		expect(await parkedCount(cb)).toBe(3);
		expect(await bulkStatuses(cb)).toEqual([]);
	});

	it('by id is refused in the same way', async () => {
		const cb = createInProcess();
		const ids = await cb.park(2);

		expect((await cb.run(['tsq', 'retry', 'payments', ...ids])).exitCode).toBe(2);
		expect(await parkedCount(cb)).toBe(2);
	});

	it('shows the frozen set, asks, and does it after yes', async () => {
		const cb = createInProcess();
		await cb.park(3);

		const { exitCode, stdout, stderr } = await cb.run(['tsq', 'retry', '--domain', 'payments'], {
			columns: 80,
			answer: 'y',
		});

		expect(exitCode).toBe(0);
		expect(stderr).toMatch(/COUNT +DOMAIN +TYPE +ERROR +FINGERPRINT[^]*3 +payments +DebitAccount +CARD_EXPIRED/u);
		expect(stderr).toContain('Retry 3 parked commands?');
		expect(stdout).toMatch(/Status +COMPLETED[^]*Outcome +3 done/u);
		expect(await parkedCount(cb)).toBe(0);
	});

	it('does nothing after no, and leaves no preview behind', async () => {
		const cb = createInProcess();
		await cb.park(3);

		const { exitCode, stdout } = await cb.run(['tsq', 'cancel', '--all', '--reason', 'r'], {
			columns: 80,
			answer: 'n',
		});

		expect({ exitCode, stdout }).toEqual({ exitCode: 14, stdout: '' });
		expect(await parkedCount(cb)).toBe(3);
		expect(await bulkStatuses(cb)).toEqual(['CANCELED']);
	});

	it('takes no answer at all for no', async () => {
		const cb = createInProcess();
		await cb.park(2);

		const { exitCode } = await cb.run(['tsq', 'retry', '--all'], { columns: 80, answer: '' });

		expect(exitCode).toBe(14);
		expect(await parkedCount(cb)).toBe(2);
	});

	it('prints nothing but the bulk as JSON with --yes --json', async () => {
		const cb = createInProcess();
		await cb.park(2);

		const { exitCode, stdout, stderr } = await cb.run([
			'tsq',
			'complete',
			'--all',
			'--result',
			'{"a":1}',
			'--yes',
			'--json',
		]);

		expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
		expect(JSON.parse(stdout)).toMatchObject({
			status: 'COMPLETED',
			doneCount: 2,
			action: { action: 'complete', result: { a: 1 } },
			operator: { id: 'ada' },
		});
	});

	it('says that nothing matches', async () => {
		const cb = createInProcess();

		const { exitCode, stdout } = await cb.run(['tsq', 'retry', '--all', '--yes']);

		expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'Nothing parked matches; nothing was done.\n' });
	});

	it('named one by one is done to those that are still parked, and says what became of each', async () => {
		const cb = createInProcess();
		const ids = await cb.park(3);
		const [first = '', second = '', third = ''] = ids;
		await cb.run(['tsq', 'retry', 'payments', first]);

		const { exitCode, stdout } = await cb.run([
			'tsq',
			'cancel',
			'payments',
			...ids,
			'--reason',
			'r',
			'--yes',
			'--json',
		]);

		expect(exitCode).toBe(13);
		expect(JSON.parse(stdout)).toMatchObject({
			doneCount: 2,
			totalCount: 3,
			items: [
				{ commandId: first, status: 'SKIPPED', explanation: 'not parked: it is PENDING' },
				{ commandId: second, status: 'DONE', result: { status: 'CANCELED' } },
				{ commandId: third, status: 'DONE' },
			],
		});
	});

	it('named one by one is shown before it is done', async () => {
		const cb = createInProcess();
		const ids = await cb.park(2);

		const { exitCode, stdout, stderr } = await cb.run(['tsq', 'retry', 'payments', ...ids], {
			columns: 80,
			answer: 'y',
		});

		expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: '2 commands retried.\n' });
		for (const id of ids) expect(stderr).toContain(id);
	});
});

describe('cb tsq bulk', () => {
	it('previews, starts by digest, and shows results', async () => {
		const cb = createInProcess();
		await cb.park(3);

		const preview = await cb.run(['tsq', 'bulk', 'preview', 'retry', '--domain', 'payments', '--reason', 'fixed']);
		const [, bulkId = '', digest = ''] = /cb tsq bulk start (\S+) --digest (\S+)/u.exec(preview.stderr) ?? [];
		const wrong = await cb.run(['tsq', 'bulk', 'start', bulkId, '--digest', 'f00']);
		const started = await cb.run(['tsq', 'bulk', 'start', bulkId, '--digest', digest]);
		const again = await cb.run(['tsq', 'bulk', 'start', bulkId, '--digest', digest]);
		const results = await cb.run(['tsq', 'bulk', 'results', bulkId, '--status', 'done']);

		expect(preview.stdout).toContain(`3 parked commands frozen as bulk ${bulkId}.`);
		expect([wrong.exitCode, started.exitCode, again.exitCode]).toEqual([5, 0, 4]);
		expect(started.stdout).toMatch(/Outcome +3 done/u);
		expect(results.stdout.trim().split('\n')).toHaveLength(4);
		expect(await parkedCount(cb)).toBe(0);
	});

	it('does nothing to what is only previewed', async () => {
		const cb = createInProcess();
		await cb.park(2);

		await cb.run(['tsq', 'bulk', 'preview', 'cancel', '--all', '--reason', 'r']);

		expect(await parkedCount(cb)).toBe(2);
		expect(await bulkStatuses(cb)).toEqual(['PREVIEWED']);
		expect((await cb.run(['tsq', 'bulk', 'run', await onlyBulk(cb)])).exitCode).toBe(4);
	});

	it('leaves a detached bulk to others, who can pause, resume, run and cancel it', async () => {
		const cb = createInProcess();
		await cb.park(3);

		const detached = await cb.run(['tsq', 'retry', '--all', '--yes', '--detach']);
		const bulkId = await onlyBulk(cb);
		const paused = await cb.run(['tsq', 'bulk', 'pause', bulkId]);
		const whilePaused = await cb.run(['tsq', 'bulk', 'run']);
		const resumed = await cb.run(['tsq', 'bulk', 'resume', bulkId]);
		const ran = await cb.run(['tsq', 'bulk', 'run', bulkId]);
		const tooLate = await cb.run(['tsq', 'bulk', 'cancel', bulkId]);

		expect(detached.stdout).toMatch(/Status +RUNNING/u);
		expect(detached.stderr).toContain(`cb tsq bulk run ${bulkId}`);
		expect(detached.stderr).toContain(`cb tsq bulk show ${bulkId} --watch`);
		expect(paused.stdout).toMatch(/Status +PAUSED/u);
		expect(whilePaused.stdout).toBe('No bulk has anything left to do.\n');
		expect([resumed.exitCode, ran.exitCode, tooLate.exitCode]).toEqual([0, 0, 4]);
		expect(await parkedCount(cb)).toBe(0);
	});

	it('ends by cancel with the rest still parked', async () => {
		const cb = createInProcess();
		await cb.park(2);
		await cb.run(['tsq', 'retry', '--all', '--yes', '--detach']);

		const canceled = await cb.json(['tsq', 'bulk', 'cancel', await onlyBulk(cb)]);

		expect(canceled).toMatchObject({ status: 'CANCELED', canceledCount: 2, doneCount: 0 });
		expect(await parkedCount(cb)).toBe(2);
	});

	it('goes on at the server after Ctrl-C, and says how to look at it', async () => {
		const cb = createInProcess();
		await cb.park(2);
		const ending = new AbortController();
		ending.abort(new CliError('Interrupted.', { code: 'interrupted', exitCode: 130 }));

		const { exitCode, stdout, stderr } = await cb.run(['tsq', 'retry', '--all', '--yes'], { signal: ending.signal });

		expect(exitCode).toBe(130);
		expect(stdout).toMatch(/Status +RUNNING/u);
		expect(stderr).toContain('The bulk stays on the server.');
		expect(await bulkStatuses(cb)).toEqual(['RUNNING']);
	});

	it('tells what was skipped and why, and tries those again', async () => {
		const cb = createInProcess();
		const [first = ''] = await cb.park(2);
		await cb.run(['tsq', 'bulk', 'preview', 'cancel', '--all', '--reason', 'r']);
		const bulkId = await onlyBulk(cb);
		await cb.run(['tsq', 'retry', 'payments', first, '--operator', 'bob']);

		const started = await cb.run(['tsq', 'bulk', 'start', bulkId, '--yes']);
		const results = await cb.run(['tsq', 'bulk', 'results', bulkId, '--status', 'skipped']);
		const again = await cb.run(['tsq', 'bulk', 'retry-failed', bulkId, '--yes']);

		expect(started.exitCode).toBe(13);
		expect(started.stdout).toMatch(/Outcome +1 done, 1 skipped/u);
		expect(started.stderr).toContain(`cb tsq bulk retry-failed ${bulkId}`);
		expect(results.stdout).toMatch(/SKIPPED .*\n {4}.*bob/u);
		expect(again.stdout).toBe('Nothing parked matches; nothing was done.\n');
	});

	it.each([
		[['preview', 'retry'], 2, 'not said which'],
		[['preview', 'chop', '--all'], 2, 'Allowed choices'],
		[['preview', 'cancel', '--all'], 2, 'reason'],
		[['preview', 'retry', '--all', '--suppress-reply'], 2, 'preview is not valid'],
		[['start', 'nonsense', '--yes'], 2, 'an id is a UUID'],
		[['show', '019af3a2-5b1c-7e2d-8f00-3c1d5e7a9b10'], 3, 'does not exist'],
		[['results', '019af3a2-5b1c-7e2d-8f00-3c1d5e7a9b10', '--status', 'x'], 2, 'must be one of WAITING'],
	])('refuses %j', async (words, exitCode, problem) => {
		const outcome = await createInProcess().run(['tsq', 'bulk', ...words]);

		expect(outcome.exitCode).toBe(exitCode);
		expect(outcome.stderr).toContain(problem);
	});

	it.each([
		['preview', ['retry', '--all']],
		['start', ['x', '--yes']],
		['pause', ['x']],
		['resume', ['x']],
		['cancel', ['x']],
		['retry-failed', ['x', '--yes']],
	])('%s needs an operator', async (word, rest) => {
		const { exitCode, stderr } = await createInProcess().run(['tsq', 'bulk', word, ...rest], {
			environment: { operator: undefined },
		});

		expect(exitCode).toBe(2);
		expect(stderr).toContain('--operator <you>');
	});
});
