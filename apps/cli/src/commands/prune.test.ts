import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createInProcess } from '../../test/in-process.ts';
import type { InProcess } from '../../test/in-process.ts';

/** Commands that operators have canceled: they have ended. */
async function canceled(cb: InProcess, count: number): Promise<readonly string[]> {
	const ids = await cb.park(count);
	for (const commandId of ids) {
		const { troubleshooting } = cb.subject.backend;
		const operator = { id: 'ada', kind: 'human' } as const;
		await troubleshooting.act({ action: 'cancel', domain: 'payments', commandId, operator, reason: 'gone' });
	}
	return ids;
}

/** Lets the rests between chunks end. */
async function passing<Result>(cb: InProcess, work: Promise<Result>): Promise<Result> {
	const state = { isDone: false };
	const settled = work.finally(() => {
		state.isDone = true;
	});
	while (!state.isDone) {
		await new Promise((resolve) => setImmediate(resolve));
		await cb.subject.backend.clock.advance(100);
	}
	return settled;
}

describe('cb prune', () => {
	it('removes what has ended so long ago, and says what went and what stays', async () => {
		const cb = createInProcess();
		await canceled(cb, 3);
		await cb.park(1);

		const { exitCode, stdout } = await passing(cb, cb.run(['prune', '--older-than', '0s']));

		expect(exitCode).toBe(0);
		expect(stdout).toMatch(/commands\s+3\s+1\s+/u);
		expect((await cb.subject.backend.queries.list({}, {})).items).toHaveLength(1);
	});

	it('removes nothing young by default, and nothing at all in a dry run', async () => {
		const cb = createInProcess();
		await canceled(cb, 2);

		await passing(cb, cb.run(['prune']));
		const { stdout, stderr } = await passing(cb, cb.run(['prune', '--older-than', '0s', '--dry-run']));

		expect(stdout).toMatch(/WOULD GO[\s\S]*commands\s+2/u);
		expect(stderr).toContain('Nothing was removed.');
		expect((await cb.subject.backend.queries.list({}, {})).items).toHaveLength(2);
	});

	it('appends the audit to a file before it goes', async () => {
		const cb = createInProcess();
		const [commandId] = await canceled(cb, 1);
		const file = join(mkdtempSync(join(tmpdir(), 'cb-prune-')), 'audit.jsonl');

		const document = await passing(cb, cb.json(['prune', '--older-than', '0s', '--export', file]));

		const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
		expect(document).toMatchObject({ outcome: 'completed', kinds: { audit: { pruned: 1, rows: lines.length } } });
		expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ commandId, type: 'OPERATOR_CANCEL' });
	});

	it('refuses a repeated id for a month, whatever goes', async () => {
		const cb = createInProcess();
		const [commandId = ''] = await canceled(cb, 1);
		await passing(cb, cb.run(['prune', '--older-than', '0s']));

		const sent = await cb.run(['send', 'payments', 'DebitAccount', '--id', commandId, '--data', '{}']);

		expect(sent.exitCode).toBe(5);
	});

	it('exits with a conflict while another process prunes', async () => {
		const cb = createInProcess();
		await cb.subject.backend.maintenance.claim('a worker', 60);

		const { exitCode, stderr } = await cb.run(['prune']);

		expect(exitCode).toBe(5);
		expect(stderr).toContain('Another process');
	});

	it('refuses a file that cannot be written, and removes nothing', async () => {
		const cb = createInProcess();
		const [id = ''] = await canceled(cb, 1);

		const { exitCode, stderr } = await cb.run(['prune', '--older-than', '0s', '--export', '/nonexistent/audit.jsonl']);

		expect(exitCode).toBe(2);
		expect(stderr).toContain('cannot be opened');
		expect((await cb.run(['command', 'show', 'payments', id])).exitCode).toBe(0);
	});
});
