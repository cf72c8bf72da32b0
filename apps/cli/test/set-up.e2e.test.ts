import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openShopDatabase } from './shop-database.ts';
import type { ShopDatabase } from './shop-database.ts';
import { cb, program, startCb } from './cb.ts';

let shop: ShopDatabase;

beforeAll(async () => {
	shop = await openShopDatabase();
});

afterAll(async () => {
	await shop.close();
});

describe('an empty database', () => {
	it('is refused until it is migrated, with what to run', async () => {
		const { exitCode, stdout, stderr } = await shop.run(['queues']);

		expect({ exitCode, stdout }).toEqual({ exitCode: 9, stdout: '' });
		expect(stderr).toContain('cb migrate up');
	});

	it('is told by migrate status and doctor', async () => {
		const status = await shop.run(['migrate', 'status', '--json']);
		const doctor = await shop.run(['doctor']);

		expect(status.exitCode).toBe(9);
		expect(JSON.parse(status.stdout)).toMatchObject({ schemaVersion: 0 });
		expect(doctor.exitCode).toBe(12);
		expect(doctor.stdout).toMatch(/critical +schema:/u);
	});

	it('is migrated once, also by two at a time', async () => {
		const both = await Promise.all([shop.run(['migrate', 'up', '--json']), shop.run(['migrate', 'up', '--json'])]);

		expect(both.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
		const applied = both.map(({ stdout }): unknown => JSON.parse(stdout));
		expect(applied).toContainEqual(expect.objectContaining({ applied: [] }));
		expect((await shop.run(['migrate', 'up'])).stdout).toContain('Nothing to do');
		expect((await shop.run(['migrate', 'status'])).exitCode).toBe(0);
	});
});

describe('a migrated database', () => {
	it('is healthy to the doctor', async () => {
		const findings = await shop.json(['doctor']);

		expect(findings).toContainEqual(expect.objectContaining({ check: 'schema', state: 'ok' }));
		expect(findings).not.toContainEqual(expect.objectContaining({ state: 'critical' }));
	});

	it('gets domains', async () => {
		expect(await shop.json(['domain', 'create', 'shop', 'payments'])).toEqual([
			{ domain: 'shop', outcome: 'created' },
			{ domain: 'payments', outcome: 'created' },
		]);
		expect((await shop.run(['domain', 'create', 'shop'])).stdout).toBe('Domain shop exists already.\n');
		expect((await shop.run(['domain', 'list'])).stdout).toMatch(/^payments .*\nshop /mu);
	});

	it('takes commands from arguments and standard input, and shows them', async () => {
		const receipt = await shop.json(['send', 'payments', 'Debit', '--data', '-'], { stdin: '{"cents":5}' });
		const duplicate = await shop.run(['send', 'payments', 'Debit', '--data', '1', '--id', idOf(receipt)]);

		expect(duplicate.exitCode).toBe(5);
		expect(await shop.json(['command', 'list', '--domain', 'payments'])).toMatchObject({
			items: [{ commandId: idOf(receipt), status: 'PENDING' }],
		});
		expect(await shop.json(['queues', 'payments'])).toMatchObject([{ depth: 1, readyCount: 1 }]);
		expect((await shop.run(['command', 'history', 'payments', idOf(receipt)])).stdout).toContain('SENT');
		expect(await shop.json(['command', 'cancel', 'payments', idOf(receipt)])).toMatchObject({ status: 'CANCELED' });
		expect((await shop.run(['command', 'cancel', 'payments', idOf(receipt)])).exitCode).toBe(4);
	});

	it('gives up waiting, and still tells what was sent', async () => {
		const { exitCode, stdout } = await shop.run([
			'send',
			'payments',
			'Debit',
			'--data',
			'1',
			'--wait',
			'0.2',
			'--json',
		]);

		expect(exitCode).toBe(10);
		expect(JSON.parse(stdout)).toMatchObject({ domain: 'payments', outcome: null });
	});
});

describe('a database that cannot be used', () => {
	it.each([
		['postgres://nobody:wrong@127.0.0.1:1/none', 7],
		['postgres://nobody:secret@host.invalid/none', 7],
		['mysql://nobody:secret@host/none', 2],
	])('%s ends with %i', async (database, exitCode) => {
		const plain = await cb(['queues'], { database });
		const json = await cb(['queues', '--json'], { database });

		expect([plain.exitCode, json.exitCode]).toEqual([exitCode, exitCode]);
		expect(JSON.parse(json.stdout)).toMatchObject({ error: { exitCode } });
		expect(plain.stderr + json.stdout).not.toMatch(/secret|wrong|\n {4}at /u);
	});

	// A server of somebody's own may trust every password.
	it.skipIf((process.env['CB_DATABASE_URL'] ?? '') !== '')('refuses a wrong password as denied', async () => {
		const url = new URL(shop.url);
		url.password = 'not-the-password';

		const { exitCode, stderr } = await cb(['queues', '--database', url.href]);

		expect(exitCode).toBe(6);
		expect(stderr).not.toContain('not-the-password');
	});

	it('is named nowhere', async () => {
		const { exitCode, stderr } = await cb(['queues']);

		expect(exitCode).toBe(2);
		expect(stderr).toContain('CB_DATABASE_URL');
	});
});

describe('pipes and signals', () => {
	it('a reader that goes away early is no failure', async () => {
		const watching = startCb(['queues', '--watch', '0.2'], { database: shop.url });
		await watching.shows('DOMAIN');
		watching.closeStdout();

		const { exitCode, stderr } = await watching.ended;

		expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
	});

	it.each([
		['SIGINT', 130],
		['SIGTERM', 143],
	] as const)('%s ends a watch with %i', async (signal, expected) => {
		const watching = startCb(['queues', '--watch', '0.2'], { database: shop.url });
		await watching.shows('DOMAIN');
		watching.signal(signal);

		expect((await watching.ended).exitCode).toBe(expected);
	});

	it('SIGINT ends a wait, and what was sent is told', async () => {
		const waiting = startCb(['send', 'payments', 'Debit', '--data', '1', '--wait', '60', '--json'], {
			database: shop.url,
		});
		await expect.poll(async () => depthOf(await shop.json(['queues', 'payments'])), { timeout: 20_000 }).toBe(2);
		waiting.signal('SIGINT');

		const { exitCode, stdout } = await waiting.ended;

		expect(exitCode).toBe(130);
		expect(JSON.parse(stdout)).toMatchObject({ domain: 'payments', outcome: null });
	});

	it('is plain text without a terminal, and coloured only when forced', async () => {
		const plain = await shop.run(['domain', 'list']);
		const forced = await shop.run(['domain', 'list'], { environment: { FORCE_COLOR: '1' } });
		const refused = await shop.run(['domain', 'list'], { environment: { FORCE_COLOR: '1', NO_COLOR: '1' } });
		const byFlag = await shop.run(['domain', 'list', '--no-color'], { environment: { FORCE_COLOR: '1' } });

		expect(forced.stdout).toContain('\u001b[2mDOMAIN');
		for (const { stdout } of [plain, refused, byFlag]) expect(stdout).not.toContain('\u001b');
	});

	it('loads nothing heavy before it is needed', () => {
		const imported = readFileSync(program, 'utf8').matchAll(/^import .*?['"]([^'"]+)['"];$/gmu);

		const heavy = [...imported].map(([, name = '']) => name).filter((name) => !isBuiltin(name));

		expect(heavy.sort()).toEqual(['commander', 'picocolors']);
	});
});

function idOf(receipt: unknown): string {
	const isReceipt = typeof receipt === 'object' && receipt !== null && 'commandId' in receipt;
	return isReceipt ? String(receipt.commandId) : '';
}

function depthOf(statistics: unknown): unknown {
	const list: readonly unknown[] = Array.isArray(statistics) ? statistics : [];
	const [first] = list;
	return typeof first === 'object' && first !== null && 'depth' in first ? first.depth : undefined;
}
