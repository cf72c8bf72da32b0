import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { createInProcess } from '../../test/in-process.ts';

const definitions = ['--definitions', fileURLToPath(new URL('../../test/fixtures/shop.ts', import.meta.url))];
const unknown = '019af3a2-5b1c-7e2d-8f00-3c1d5e7a9b10';

describe('cb tsq list', () => {
	it('shows what is parked, newest first, with the count of all', async () => {
		const cb = createInProcess();
		const ids = await cb.park(3);

		const { stdout, stderr } = await cb.run(['tsq', 'list', '--limit', '2']);

		expect(stdout).toMatch(
			/^DOMAIN +TYPE +ERROR +ATT +PARKED +COMMAND +MESSAGE\npayments +DebitAccount +CARD_EXPIRED +1\/3 +\d+d /u,
		);
		expect(stdout).toContain('2 of 3 parked commands');
		expect(stderr).toMatch(/^More: repeat with --cursor \S+\n$/u);
		expect(await cb.json(['tsq', 'list'])).toMatchObject({
			count: 3,
			items: ids.toReversed().map((commandId) => ({ commandId })),
		});
	});

	it('filters by every flag, and leaves out columns of what was asked for', async () => {
		const cb = createInProcess();
		const [first = ''] = await cb.park(1, { code: 'CARD_EXPIRED' });
		await cb.park(1, { code: 'LEDGER_AWAY', domain: 'reports', type: 'Render' });
		const matching = async (...flags: readonly string[]): Promise<number> => {
			const { stdout } = await cb.run(['tsq', 'list', ...flags]);
			return stdout.startsWith('Nothing') ? 0 : stdout.trim().split('\n').length - 1;
		};

		expect(await matching('--domain', 'payments')).toBe(1);
		expect(await matching('--type', 'Render')).toBe(1);
		expect(await matching('--code', 'LEDGER_AWAY')).toBe(1);
		expect(await matching('--text', first)).toBe(1);
		expect(await matching('--fingerprint', '0000000000000000')).toBe(0);
		expect(await matching('--parked-from', '2025-01-01', '--parked-to', '2027-01-01')).toBe(2);
		expect(await matching('--created-to', '2025-01-01')).toBe(0);
		expect((await cb.run(['tsq', 'list', '--domain', 'payments'])).stdout).not.toContain('DOMAIN');
	});

	it.each([
		[['--parked-from', '2026-02-01', '--parked-to', '2026-01-01'], 'parkedTo'],
		[['--fingerprint', 'xyz'], '16 hexadecimal digits'],
		[['--text', 'abc'], 'an id is a UUID'],
		[['--cursor', 'nonsense'], 'cursor'],
		[['--domain', 'Bad Domain'], 'a domain is'],
	])('refuses %j', async (flags, problem) => {
		const { exitCode, stderr } = await createInProcess().run(['tsq', 'list', ...flags]);

		expect(exitCode).toBe(2);
		expect(stderr).toContain(problem);
	});

	it('fits 80 columns with whole ids, whatever the errors say', async () => {
		const cb = createInProcess();
		const [commandId = ''] = await cb.park(1, {
			type: 'T'.repeat(60),
			code: 'C'.repeat(60),
			message: 'm '.repeat(200),
		});

		const { stdout } = await cb.run(['tsq', 'list'], { columns: 80 });

		expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
		expect(stdout).toContain(commandId);
	});
});

describe('cb tsq groups', () => {
	it('shows one line per problem', async () => {
		const cb = createInProcess();
		await cb.park(2, { message: 'The card of 1 expired.' });
		await cb.park(1, { message: 'The card of 2 expired.' });
		await cb.park(1, { code: 'LEDGER_AWAY', message: 'Away.' });

		const { stdout } = await cb.run(['tsq', 'groups']);

		expect(stdout.trim().split('\n')).toHaveLength(3);
		expect(stdout).toMatch(/^ +3 .*CARD_EXPIRED/mu);
	});
});

describe('cb tsq show', () => {
	it('shows error, payload and history, and cannot be made to steer the terminal', async () => {
		const cb = createInProcess();
		const [commandId = ''] = await cb.park(1, { message: 'evil \u001b[2J\nmessage' });

		const { stdout } = await cb.run(['tsq', 'show', 'payments', commandId], { columns: 80 });

		expect(stdout).toMatch(/Status +IN_TROUBLESHOOTING_QUEUE/u);
		expect(stdout).toContain('"index": 0');
		expect(stdout).toContain('MOVED_TO_TROUBLESHOOTING_QUEUE');
		expect(stdout).toContain(String.raw`evil \u001b[2J`);
		expect(stdout).not.toContain('\u001b');
	});

	it('says that a command does not exist', async () => {
		expect((await createInProcess().run(['tsq', 'show', 'payments', unknown])).exitCode).toBe(3);
	});
});

describe('cb tsq health', () => {
	it('exits by the worst finding', async () => {
		const cb = createInProcess();
		await cb.run(['domain', 'create', 'payments']);

		const well = await cb.run(['tsq', 'health']);
		await cb.park(1);
		const warned = await cb.run(['tsq', 'health']);

		expect(well).toMatchObject({ exitCode: 0, stdout: 'ok: 1 domain, 0 findings\n' });
		expect(warned.exitCode).toBe(11);
		expect(warned.stdout).toMatch(/warning +payments +parked-count +1 +1/u);
		expect((await cb.run(['tsq', 'health', '--domain', 'nowhere'])).exitCode).toBe(3);
	});
});

describe('an act on one command', () => {
	it('retries', async () => {
		const cb = createInProcess();
		const [id = ''] = await cb.park(1);

		const { exitCode, stdout } = await cb.run(['tsq', 'retry', 'payments', id, '--reason', 'fixed']);

		expect({ exitCode, stdout }).toEqual({
			exitCode: 0,
			stdout: `Retried payments ${id}: it is PENDING, generation 2.\n`,
		});
		expect(await cb.json(['command', 'history', 'payments', id])).toMatchObject({
			4: { type: 'OPERATOR_RETRY', details: { operator: { id: 'ada' }, reason: 'fixed' } },
		});
	});

	it('cancels, and tells the sender', async () => {
		const cb = createInProcess();
		const [id = ''] = await cb.park(1, { replyTo: 'payments__replies' });

		const result = await cb.json(['tsq', 'cancel', 'payments', id, '--reason', 'closed', '--operator', 'bob']);

		expect(result).toMatchObject({ commandId: id, status: 'CANCELED', isRepeated: false });
		expect(await cb.subject.messages('payments__replies')).toMatchObject([{ body: { outcome: 'CANCELED' } }]);
		expect(await cb.json(['command', 'history', 'payments', id])).toMatchObject({
			4: { type: 'OPERATOR_CANCEL', details: { operator: { id: 'bob' } } },
		});
	});

	it('completes with a result', async () => {
		const cb = createInProcess();
		const [id = ''] = await cb.park(1);

		await cb.run(['tsq', 'complete', 'payments', id, '--result', '{"by":"hand"}']);

		expect(await cb.json(['command', 'show', 'payments', id])).toMatchObject({
			status: 'COMPLETED',
			result: { by: 'hand' },
		});
	});

	it.each([
		['--patch', '[{"op":"replace","path":"/index","value":7}]'],
		['--data', '{"index":7}'],
	])('amends by %s and shows the difference', async (flag, json) => {
		const cb = createInProcess();
		const [id = ''] = await cb.park(1);

		const { exitCode, stdout } = await cb.run(['tsq', 'amend', 'payments', id, flag, json, '--reason', 'typo']);

		expect(exitCode).toBe(0);
		expect(stdout).toContain('replace /index 7');
		expect(await cb.subject.messages('payments__commands')).toMatchObject([{ body: { data: { index: 7 } } }]);
	});

	it('repeated with the same request id, changes nothing', async () => {
		const cb = createInProcess();
		const [id = ''] = await cb.park(1);
		const amend = ['tsq', 'amend', 'payments', id, '--data', '{"index":7}', '--reason', 'typo', '--request-id', 'r-1'];
		await cb.run(amend);

		const again = await cb.run(amend);

		expect(again.exitCode).toBe(0);
		expect(again.stdout).toContain('carried out before; nothing changed now');
	});

	it.each([
		['retry', []],
		['cancel', ['--reason', 'r']],
		['complete', []],
		['amend', ['--data', '1', '--reason', 'r']],
	] as const)('%s needs an operator', async (act, flags) => {
		const cb = createInProcess();
		const [id = ''] = await cb.park(1);

		for (const operator of [undefined, '', '  ']) {
			const { exitCode, stderr } = await cb.run(['tsq', act, 'payments', id, ...flags], {
				environment: { operator },
			});
			expect(exitCode).toBe(2);
			expect(stderr).toContain('--operator <you>');
		}
		expect(await cb.json(['command', 'show', 'payments', id])).toMatchObject({ version: 2 });
	});

	it('tells not found, wrong status and conflict apart', async () => {
		const cb = createInProcess();
		const [id = ''] = await cb.park(1);
		const retry = async (...words: readonly string[]): Promise<number> =>
			(await cb.run(['tsq', 'retry', 'payments', ...words])).exitCode;

		expect(await retry(unknown)).toBe(3);
		expect(await retry('nonsense')).toBe(2);
		expect(await retry(id, '--expected-version', '99')).toBe(5);
		expect(await retry(id)).toBe(0);
		expect(await retry(id)).toBe(4);
	});

	it.each([
		[['cancel'], 'reason'],
		[['cancel', '--reason', ' '], 'must not be blank'],
		[['amend', '--reason', 'r'], '--data or --patch'],
		[['amend', '--reason', 'r', '--data', '1', '--patch', '[]'], '--data or --patch'],
		[['amend', '--reason', 'r', '--patch', '[]'], 'no JSON Patch'],
		[['amend', '--reason', 'r', '--patch', '[{"op":"chop","path":"/x"}]'], 'no JSON Patch'],
		[
			['amend', '--reason', 'r', '--patch', '[{"op":"replace","path":"/nope/deep","value":1}]'],
			'does not fit the payload',
		],
		[['amend', '--reason', 'r', '--patch', '[{"op":"add","path":"/x"}]'], 'amendment is not valid'],
	])('refuses %j and changes nothing', async ([act = '', ...flags], problem) => {
		const cb = createInProcess();
		const [id = ''] = await cb.park(1);

		const { exitCode, stderr } = await cb.run(['tsq', act, 'payments', id, ...flags]);

		expect(exitCode).toBe(2);
		expect(stderr).toContain(problem);
		expect(await cb.json(['tsq', 'list'])).toMatchObject({ count: 1 });
	});

	it.each([
		['complete', ['--result', '{"receipt":5}'], '$.receipt'],
		['amend', ['--data', '{"order":"o","outcome":"ok"}', '--reason', 'r'], '$.cents'],
	] as const)('%s checks against the definitions that are given', async (act, flags, path) => {
		const cb = createInProcess();
		const [id = ''] = await cb.park(1, { domain: 'shop', type: 'Charge' });

		const { exitCode, stdout } = await cb.run(['tsq', act, 'shop', id, ...flags, ...definitions, '--json']);

		expect(exitCode).toBe(8);
		expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'payload-invalid', issues: [{ path }] } });
		expect(await cb.json(['tsq', 'list'])).toMatchObject({ count: 1 });
	});

	it('completes with a result that its definition allows', async () => {
		const cb = createInProcess();
		const [id = ''] = await cb.park(1, { domain: 'shop', type: 'Charge' });

		const { exitCode } = await cb.run(['tsq', 'complete', 'shop', id, '--result', '{"receipt":"r"}', ...definitions]);

		expect(exitCode).toBe(0);
	});

	it('resolves without a reply when its queue is gone and that is said', async () => {
		const cb = createInProcess();
		await cb.subject.backend.domains.create('payments');
		const [id = ''] = await cb.park(1, { replyTo: 'payments__replies' });
		await cb.subject.dropQueue('payments__replies');
		const cancel = ['tsq', 'cancel', 'payments', id, '--reason', 'r'];

		const refused = await cb.run(cancel);
		const done = await cb.run([...cancel, '--suppress-reply']);

		expect([refused.exitCode, done.exitCode]).toEqual([3, 0]);
		expect(refused.stderr).toContain('--suppress-reply');
	});
});
