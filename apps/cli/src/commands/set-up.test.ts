import { describe, expect, it } from 'vitest';
import { createInProcess } from '../../test/in-process.ts';
import type { MigrationStatus } from '../services.ts';

describe('cb migrate', () => {
	it('says what it applied', async () => {
		const report = {
			applied: [{ number: 9, name: 'processes' }],
			schemaVersion: 9,
			pgmq: 'script',
			pgmqVersion: '1.11.1',
		} as const;

		const { exitCode, stdout } = await createInProcess().run(['migrate', 'up'], {
			services: { migrate: () => Promise.resolve(report) },
		});

		expect(exitCode).toBe(0);
		expect(stdout).toBe('applied 0009 processes\nApplied 1 migration. Schema version 9, PGMQ 1.11.1 (script).\n');
	});

	it.each(['auto', 'extension', 'script'] as const)('passes on how PGMQ shall come: %s', async (choice) => {
		const choices: string[] = [];
		const migrate = (_: string, pgmq: string) => {
			choices.push(pgmq);
			return Promise.resolve({ applied: [], schemaVersion: 9, pgmq: 'script', pgmqVersion: '1.11.1' } as const);
		};

		await createInProcess().run(['migrate', 'up', '--pgmq', choice], { services: { migrate } });

		expect(choices).toEqual([choice]);
	});

	it.each([
		[{ pending: [] }, 0],
		[{ pending: [{ number: 9, name: 'processes' }] }, 9],
		[{ pending: [], problem: 'PGMQ is too old.' }, 9],
	] as const)('status of %j exits with %i', async (part, expected) => {
		const status: MigrationStatus = { schemaVersion: 8, latestVersion: 9, pgmqVersion: undefined, ...part };
		const services = { migrationStatus: () => Promise.resolve(status) };

		const { exitCode, stdout } = await createInProcess().run(['migrate', 'status'], { services });

		expect(exitCode).toBe(expected);
		expect(stdout).toContain('8 of 9');
		expect(await createInProcess().json(['migrate', 'status'], { services })).toMatchObject(part);
	});
});

describe('cb doctor', () => {
	it.each([
		[['ok', 'ok'], 0],
		[['ok', 'warning'], 11],
		[['critical', 'warning'], 12],
	] as const)('with findings %j exits with %i', async (states, expected) => {
		const findings = states.map((state) => ({ check: 'drift', state, message: 'm'.repeat(2_000), advice: 'Do it.' }));
		const services = { diagnose: () => Promise.resolve(findings) };

		const { exitCode, stdout } = await createInProcess().run(['doctor'], { services });

		expect(exitCode).toBe(expected);
		expect(stdout).toContain('drift: mmm');
		expect(stdout).toContain('… (all of it: --json)');
		expect(await createInProcess().json(['doctor'], { services })).toEqual(findings);
	});

	it('exits as every command does when the database does not answer', async () => {
		const finding = { check: 'connection', state: 'critical', message: 'refused' } as const;

		const { exitCode } = await createInProcess().run(['doctor'], {
			services: { diagnose: () => Promise.resolve([finding]) },
		});

		expect(exitCode).toBe(7);
	});
});

describe('cb domain', () => {
	it('creates domains once and lists them', async () => {
		const cb = createInProcess();

		const first = await cb.run(['domain', 'create', 'payments', 'reports']);
		const again = await cb.json(['domain', 'create', 'payments']);
		const list = await cb.run(['domain', 'list']);

		expect(first.stdout).toBe('Created domain payments.\nCreated domain reports.\n');
		expect(again).toEqual([{ domain: 'payments', outcome: 'exists' }]);
		expect(list.stdout).toMatch(/^DOMAIN {4}CREATED\npayments .*Z\nreports .*Z\n$/u);
	});

	it('creates none of several when one name is illegal', async () => {
		const cb = createInProcess();

		const { exitCode, stderr } = await cb.run(['domain', 'create', 'payments', 'Bad-Name']);

		expect(exitCode).toBe(2);
		expect(stderr).toContain('"Bad-Name" is no domain');
		expect(await cb.json(['domain', 'list'])).toEqual([]);
	});
});

describe('cb queues', () => {
	it('shows what lies in each queue', async () => {
		const cb = createInProcess();
		await cb.park(2);
		await cb.run(['send', 'payments', 'DebitAccount', '--data', '1']);

		const { stdout } = await cb.run(['queues']);

		expect(stdout.split('\n').map((line) => line.trim().split(/ {2,}/u))).toMatchObject([
			['DOMAIN', 'DEPTH', 'READY', 'OLDEST', 'DELAYED', 'IN FLIGHT', 'STALLED', 'PARKED', 'PARKED/H'],
			['payments', '1', '1', '0s', '0', '0', '0', '2', '2'],
			[''],
		]);
		expect(await cb.json(['queues', 'payments'])).toMatchObject([{ domain: 'payments', depth: 1, parkedCount: 2 }]);
	});

	it('fits 80 columns', async () => {
		const cb = createInProcess();
		await cb.run(['domain', 'create', 'd'.repeat(31)]);

		const { stdout } = await cb.run(['queues'], { columns: 80 });

		expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
	});

	it('says that a domain does not exist', async () => {
		expect((await createInProcess().run(['queues', 'payments'])).exitCode).toBe(3);
	});

	it('--watch and --json exclude each other', async () => {
		expect((await createInProcess().run(['queues', '--watch', '--json'])).exitCode).toBe(2);
	});
});
