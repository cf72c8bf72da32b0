import { StoreError } from '@cb/core';
import { describe, expect, it } from 'vitest';
import { createInProcess } from '../test/in-process.ts';
import type { Outcome } from '../test/in-process.ts';
import { CliError } from './cli-error.ts';

/** Watches until the store was asked so often, then presses Ctrl-C. */
async function watched(asks: number, columns?: number): Promise<Outcome> {
	const cb = createInProcess();
	await cb.run(['domain', 'create', 'payments']);
	const ending = new AbortController();
	const { domains } = cb.subject.backend;
	let asked = 0;
	const statistics = async (domain?: string) => {
		asked++;
		if (asked === asks) ending.abort(new CliError('Interrupted.', { code: 'interrupted', exitCode: 130 }));
		if (asked === 2) throw new StoreError('The database is away.', { reason: 'connection', isRetryable: true });
		return domains.statistics(domain);
	};
	const backend = { ...cb.subject.backend, domains: { ...domains, statistics }, close: () => Promise.resolve() };
	return cb.run(['queues', '--watch', '0.2'], {
		signal: ending.signal,
		services: { openBackend: () => Promise.resolve(backend) },
		...(columns === undefined ? {} : { columns }),
	});
}

describe('--watch', () => {
	it('redraws in place and leaves the terminal as it was', async () => {
		const { exitCode, stdout } = await watched(3, 80);

		expect(exitCode).toBe(130);
		expect(stdout.startsWith('\u001b[?25l\u001b[?7l\u001b[2J')).toBe(true);
		expect(stdout.split('\u001b[H')).toHaveLength(4);
		expect(stdout.endsWith('\u001b[?7h\u001b[?25h\n')).toBe(true);
	});

	it('keeps what was shown while the database is away, says so, and goes on', async () => {
		const { stdout } = await watched(3, 80);

		const [, first = '', second = '', third = ''] = stdout.split('\u001b[H');
		expect(first).toContain('payments');
		expect(second).toMatch(/payments[^]*The database is away\. Trying again\./u);
		expect(third).not.toContain('Trying again');
	});

	it('prints one block after the other in a pipe', async () => {
		const { stdout } = await watched(3);

		expect(stdout.match(/^DOMAIN/gmu)).toHaveLength(3);
		expect(stdout).not.toContain('\u001b');
	});
});
