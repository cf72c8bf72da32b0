import { StoreError } from '@cb/core';
import { describe, expect, it } from 'vitest';
import { createInProcess } from '../../test/in-process.ts';

describe('cb roles', () => {
	it('grants, checks and revokes through the services', async () => {
		const calls: unknown[] = [];
		const services = {
			grantRole: (_: string, role: string, kind: string) => Promise.resolve(void calls.push(['grant', role, kind])),
			revokeRole: (_: string, role: string) => Promise.resolve(void calls.push(['revoke', role])),
		};
		const cb = createInProcess();

		const granted = await cb.run(['roles', 'grant', 'shop_api', '--as', 'sender'], { services });
		await cb.run(['roles', 'revoke', 'shop_api'], { services });

		expect(granted).toMatchObject({ exitCode: 0, stdout: 'shop_api may work as sender.\n' });
		expect(calls).toEqual([
			['grant', 'shop_api', 'sender'],
			['revoke', 'shop_api'],
		]);
	});

	it('exits with a warning for a role that lacks something', async () => {
		const services = { missingPrivileges: () => Promise.resolve(['execute on cb.send']) };

		const { exitCode, stdout } = await createInProcess().run(['roles', 'check', 'shop_api', '--as', 'sender'], {
			services,
		});

		expect(exitCode).toBe(11);
		expect(stdout).toContain('execute on cb.send');
	});

	it.each(['grant', 'check'])('says to %s what to do about a role that is not there', async (verb) => {
		const refused = Object.assign(new Error('role "shop_api" does not exist'), { code: '42704' });
		const refusing = () =>
			Promise.reject(new StoreError(refused.message, { reason: 'syntax', isRetryable: false }, { cause: refused }));
		const services = { grantRole: refusing, missingPrivileges: refusing };

		const { exitCode, stderr } = await createInProcess().run(['roles', verb, 'shop_api', '--as', 'sender'], {
			services,
		});

		expect(exitCode).toBe(3);
		expect(stderr).toContain('There is no database role "shop_api"');
		expect(stderr).toContain('create role shop_api');
	});

	it.each([[['roles', 'grant', 'shop_api']], [['roles', 'grant', 'shop_api', '--as', 'admin']]])(
		'refuses %j',
		async (words) => {
			expect((await createInProcess().run(words)).exitCode).toBe(2);
		},
	);
});

describe('cb doctor --sql', () => {
	it('prints what puts things right as a script, tabs and all', async () => {
		const findings = [
			{ check: 'clock', state: 'ok', message: 'fine' },
			{ check: 'drift', state: 'warning', message: 'm', fix: 'create function f()\n\tas 1;' },
		] as const;
		const services = { diagnose: () => Promise.resolve(findings) };

		const { stdout, exitCode } = await createInProcess().run(['doctor', '--sql'], { services });

		expect(stdout).toBe('-- drift\ncreate function f()\n\tas 1;\n');
		expect(exitCode).toBe(11);
	});
});
