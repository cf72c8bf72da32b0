import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createInProcess } from '../../test/in-process.ts';
import type { InProcess } from '../../test/in-process.ts';

const id = '019af3a2-5b1c-7e2d-8f00-3c1d5e7a9b10';

async function withDomain(): Promise<InProcess> {
	const cb = createInProcess();
	await cb.run(['domain', 'create', 'payments']);
	return cb;
}

function send(...words: readonly string[]): readonly string[] {
	return ['send', 'payments', 'DebitAccount', ...words];
}

describe('cb send', () => {
	it('prints the receipt and where to look', async () => {
		const cb = await withDomain();

		const { exitCode, stdout, stderr } = await cb.run(send('--data', '{"cents":5}', '--id', id));

		expect(exitCode).toBe(0);
		expect(stdout).toContain(`Command      ${id}`);
		expect(stderr).toBe(`Look at it: cb command show payments ${id}\n`);
		expect(await cb.subject.messages('payments__commands')).toMatchObject([
			{ body: { command_id: id, command_type: 'DebitAccount', data: { cents: 5 } } },
		]);
	});

	it('passes on every option', async () => {
		const cb = await withDomain();
		const flags = ['--correlation', id, '--causation', id, '--reply-to', 'payments__replies', '--max-attempts', '7'];

		const receipt = await cb.json(send('--data', '1', ...flags, '--delay', '15m'));

		const list = await cb.json(['command', 'list']);
		expect(receipt).toMatchObject({ domain: 'payments', correlationId: id, isDuplicate: false });
		expect(list).toMatchObject({
			items: [{ correlationId: id, causationId: id, replyTo: 'payments__replies', maxAttempts: 7 }],
		});
		expect(await cb.json(['queues'])).toMatchObject([{ delayedCount: 1, readyCount: 0 }]);
	});

	it('reads the payload from standard input and from a file', async () => {
		const cb = await withDomain();
		const directory = mkdtempSync(join(tmpdir(), 'cb-cli-'));
		const file = join(directory, 'payload.json');
		writeFileSync(file, '{"from":"file"}');

		await cb.run(send('--data', '-'), { stdin: '{"from":"stdin"}' });
		await cb.run(send('--data', `@${file}`));

		rmSync(directory, { recursive: true });
		const bodies = (await cb.subject.messages('payments__commands')).map(({ body }) => body);
		expect(bodies).toMatchObject([{ data: { from: 'stdin' } }, { data: { from: 'file' } }]);
	});

	it.each([
		[send('--data', '{cents:5}'), 8, 'is not JSON'],
		[send('--data', ''), 8, 'is not JSON'],
		[send('--data', '{"a":[12345678901234567890]}'), 8, 'the number at $.a[0] is too large'],
		[send('--data', String.raw`"\u0000"`), 8, 'U+0000'],
		[send('--data', '@/nonexistent.json'), 2, 'cannot be read'],
		[send('--data', '1', '--id', 'x'), 2, 'an id is a UUID'],
		[send('--data', '1', '--reply-to', 'nowhere'), 3, 'reply queue "nowhere" does not exist'],
		[send('--data', '1', '--delay', 'soon'), 2, 'It must be a span'],
		[send('--data', '1', '--max-attempts', '0'), 2, 'whole number'],
		[['send', 'payments', 'Bad Type', '--data', '1'], 2, 'a type begins with a letter'],
		[['send', 'Bad', 'T', '--data', '1'], 2, 'a domain is a lower-case letter'],
		[['send', 'unknown', 'T', '--data', '1'], 3, 'cb domain create unknown'],
	])('%j is refused and nothing is stored', async (words, exitCode, problem) => {
		const cb = await withDomain();

		const outcome = await cb.run(words);

		expect(outcome.exitCode).toBe(exitCode);
		expect(outcome.stderr).toContain(problem);
		expect(await cb.json(['command', 'list'])).toEqual({ items: [] });
	});

	it('refuses the same id twice, or shows the first when asked to', async () => {
		const cb = await withDomain();
		await cb.run(send('--data', '1', '--id', id));

		const refused = await cb.run(send('--data', '2', '--id', id));
		const returned = await cb.run(send('--data', '2', '--id', id, '--return-existing'));

		expect(refused.exitCode).toBe(5);
		expect(refused.stderr).toContain('--return-existing');
		expect(returned.exitCode).toBe(0);
		expect(returned.stdout).toContain('existed already; nothing was sent');
	});
});

describe('cb command', () => {
	it('lists by filters, page by page', async () => {
		const cb = await withDomain();
		for (const type of ['A', 'B', 'A', 'A']) await cb.run(['send', 'payments', type, '--data', '1']);

		const first = await cb.run(['command', 'list', '--type', 'A', '--limit', '2', '--domain', 'payments']);
		const cursor = /--cursor (\S+)/u.exec(first.stderr)?.[1] ?? '';
		const second = await cb.run(['command', 'list', '--type', 'A', '--limit', '2', '--cursor', cursor]);
		const none = await cb.run(['command', 'list', '--status', 'completed']);

		expect(first.stdout.trim().split('\n')).toHaveLength(3);
		expect(first.stdout).not.toContain('DOMAIN');
		expect(second.stdout.trim().split('\n')).toHaveLength(2);
		expect(second.stderr).toBe('');
		expect(none.stdout).toBe('No command matches.\n');
	});

	it('fits 80 columns and shows whole ids there', async () => {
		const cb = createInProcess();
		const [commandId = ''] = await cb.park(1, { domain: 'd'.repeat(31), type: 'T'.repeat(100) });

		const { stdout } = await cb.run(['command', 'list'], { columns: 80 });

		expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
		expect(stdout).toContain(commandId);
		expect(stdout).toContain('IN_TSQ');
	});

	it('shows one command and its history', async () => {
		const cb = createInProcess();
		const [commandId = ''] = await cb.park(1);

		const show = await cb.run(['command', 'show', 'payments', commandId]);
		const history = await cb.run(['command', 'history', 'payments', commandId]);

		expect(show.stdout).toMatch(/Status +IN_TROUBLESHOOTING_QUEUE/u);
		expect(show.stderr).toContain(`cb tsq show payments ${commandId}`);
		expect(history.stdout).toMatch(/SENT[^]*RECEIVED[^]*FAILED[^]*MOVED_TO_TROUBLESHOOTING_QUEUE/u);
		expect(history.stdout).toContain('error: PERMANENT CARD_EXPIRED: The card expired.');
		expect(await cb.json(['command', 'show', 'payments', commandId])).toMatchObject({ commandId, attempts: 1 });
	});

	it('takes back a command that no worker has, and only that', async () => {
		const cb = await withDomain();
		await cb.run(send('--data', '1', '--id', id));
		const [parked = ''] = await cb.park(1, { domain: 'reports' });

		const canceled = await cb.run(['command', 'cancel', 'payments', id, '--reason', 'by mistake']);
		const again = await cb.run(['command', 'cancel', 'payments', id]);
		const tooLate = await cb.run(['command', 'cancel', 'reports', parked]);

		expect(canceled).toMatchObject({ exitCode: 0, stdout: `Canceled ${id} of payments.\n` });
		expect([again.exitCode, tooLate.exitCode]).toEqual([4, 4]);
	});

	it.each(['show', 'history', 'cancel'])(
		'%s says that a command does not exist, or that an id is none',
		async (word) => {
			const cb = await withDomain();

			expect((await cb.run(['command', word, 'payments', id])).exitCode).toBe(3);
			expect((await cb.run(['command', word, 'payments', 'x'])).exitCode).toBe(2);
		},
	);
});

describe('cb replies unhandled', () => {
	it('shows replies that were set aside', async () => {
		const cb = await withDomain();
		await cb.subject.putMessage('payments__process_replies', { kind: 'nonsense' });
		const [reply] = await cb.subject.backend.replies.receive('payments__process_replies', 1, 30);
		if (reply !== undefined) {
			await cb.subject.backend.replies.setAside([{ lease: reply.lease, reason: 'it is malformed' }]);
		}

		const table = await cb.run(['replies', 'unhandled']);
		const full = await cb.run(['replies', 'unhandled', '--full', '--queue', 'payments__process_replies']);

		expect(table.stdout).toMatch(/payments__process_replies +\d+ +it is malformed/u);
		expect(full.stdout).toContain('"kind": "nonsense"');
		expect(await cb.json(['replies', 'unhandled'])).toMatchObject([{ reason: 'it is malformed' }]);
		expect((await cb.run(['replies', 'unhandled', '--queue', 'payments__replies'])).stdout).toBe(
			'No unhandled reply.\n',
		);
	});
});
