import { createCommandBus, defineCommand } from '@cb/core';
import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createInProcess } from '../../test/in-process.ts';
import type { InProcess } from '../../test/in-process.ts';

const Charge = defineCommand({ domain: 'payments', type: 'Charge', data: z.object({}) });

let cli: InProcess;

beforeEach(async () => {
	cli = createInProcess();
	await cli.park(2);
	const bus = createCommandBus(cli.subject.backend);
	for (let count = 0; count < 3; count++) await bus.send(Charge, {});
	await cli.subject.backend.domains.create('reports_of_the_quarter');
});

describe('cb top', () => {
	it('prints once what lies in each domain and flows through it', async () => {
		const { exitCode, stdout } = await cli.run(['top', '--once', '--interval', '0.2'], { columns: 80 });

		expect(exitCode).toBe(0);
		const lines = stdout.trimEnd().split('\n');
		expect(lines[0]).toBe('cb top  3 live  in 0/s  out 0/s  2 parked');
		expect(lines[2]).toMatch(/^DOMAIN +DEPTH +IN\/S +OUT\/S +P50 +P95 +RUNNING .*PARKED +OLDEST$/u);
		expect(lines[3]).toMatch(/^payments +3 +0 +0 +- +- +0 .* 2 +0s$/u);
		expect(lines[4]).toMatch(/^reports_of_/u);
		for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
	});

	it('is one document for programs', async () => {
		expect(await cli.json(['top', '--interval', '0.2'])).toMatchObject([
			{ domain: 'payments', depth: 3, parkedCount: 2, enqueuedCount: 5, inPerSecond: 0, outPerSecond: 0 },
			{ domain: 'reports_of_the_quarter', depth: 0 },
		]);
	});

	it('redraws until it is told to stop, and gives the terminal back', async () => {
		const stopping = new AbortController();
		setTimeout(() => {
			stopping.abort();
		}, 700);

		const { stdout } = await cli.run(['top', '--interval', '0.2'], { columns: 80, signal: stopping.signal });

		expect(stdout.split('cb top').length).toBeGreaterThan(2);
		expect(stdout).toContain('\u001b[?25l');
		expect(stdout.trimEnd().endsWith('\u001b[?25h')).toBe(true);
	});

	it('refuses an interval that would only heat the database', async () => {
		const { exitCode, stderr } = await cli.run(['top', '--interval', '0.01']);

		expect(exitCode).toBe(2);
		expect(stderr).toContain('from 0.2 to 3600');
	});
});
