import { fileURLToPath } from 'node:url';
import { commandRequest, createCommandBus } from '@cb/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startCb } from './cb.ts';
import { Charge } from './fixtures/shop.ts';
import { openShopDatabase } from './shop-database.ts';
import type { ShopDatabase } from './shop-database.ts';

const definitions = ['--definitions', fileURLToPath(new URL('fixtures/shop.ts', import.meta.url))];

let shop: ShopDatabase;
let closeShop: () => Promise<void>;

beforeAll(async () => {
	shop = await openShopDatabase();
	await shop.json(['migrate', 'up']);
	closeShop = await shop.openShop();
});

afterAll(async () => {
	await closeShop();
	await shop.close();
});

/** Sends commands that will be parked and waits until they are; returns their ids. */
async function park(count: number, outcome: 'permanent' | 'transient' = 'permanent'): Promise<readonly string[]> {
	const bus = createCommandBus(shop.backend);
	const requests = Array.from({ length: count }, (_, index) =>
		commandRequest(Charge, { order: `o-${String(index)}`, cents: 5, outcome }),
	);
	const receipts = await bus.sendMany(requests);
	await Promise.all(receipts.map((receipt) => bus.waitFor(receipt, { until: 'settled', timeoutMs: 60_000 })));
	await bus.close();
	return receipts.map(({ commandId }) => commandId);
}

async function statusOf(id: string): Promise<unknown> {
	const { status } = await commandOf(id);
	return status;
}

async function commandOf(id: string): Promise<Readonly<Record<string, unknown>>> {
	const command = await shop.json(['command', 'show', 'shop', id]);
	return typeof command === 'object' && command !== null ? { ...command } : {};
}

describe('a command', () => {
	it.each([
		['ok', 0, 'COMPLETED'],
		['permanent', 13, 'IN_TROUBLESHOOTING_QUEUE'],
		['rule', 13, 'FAILED'],
	])('that ends %s makes send --wait exit with %i', async (outcome, exitCode, status) => {
		const data = JSON.stringify({ order: 'o', cents: 1, outcome });

		const ended = await shop.run(['send', 'shop', 'Charge', '--data', data, '--wait', '30', '--json']);

		expect(ended.exitCode).toBe(exitCode);
		expect(JSON.parse(ended.stdout)).toMatchObject({ outcome: { status } });
	});
});

describe('parked commands', () => {
	it('are listed, grouped, judged and shown', async () => {
		const [id = ''] = await park(2);

		expect((await shop.run(['tsq', 'list', '--text', id])).stdout).toContain(id);
		expect(await shop.json(['tsq', 'groups', '--code', 'CARD_EXPIRED'])).toMatchObject([
			{ domain: 'shop', commandType: 'Charge' },
		]);
		expect((await shop.run(['tsq', 'health'])).exitCode).toBe(11);
		expect(await shop.json(['tsq', 'show', 'shop', id])).toMatchObject({
			item: { payload: { order: 'o-0' }, isPayloadMissing: false },
			history: [{ type: 'SENT' }, { type: 'RECEIVED' }, { type: 'FAILED' }, { type: 'MOVED_TO_TROUBLESHOOTING_QUEUE' }],
		});
	});

	it('are retried with a changed payload and complete', async () => {
		const [id = ''] = await park(1, 'transient');
		const patch = '[{"op":"replace","path":"/outcome","value":"ok"}]';

		const amended = await shop.run(['tsq', 'amend', 'shop', id, '--patch', patch, '--reason', 'bank is back']);

		expect(amended.stdout).toContain('replace /outcome "ok"');
		await expect.poll(() => statusOf(id), { timeout: 30_000 }).toBe('COMPLETED');
	});

	it('are canceled and completed by name, and never twice', async () => {
		const [first = '', second = ''] = await park(2);

		const canceled = await shop.run(['tsq', 'cancel', 'shop', first, '--reason', 'closed']);
		const completed = await shop.run(['tsq', 'complete', 'shop', second, '--result', '{"receipt":"hand"}']);
		const again = await shop.run(['tsq', 'complete', 'shop', first, '--json']);

		expect([canceled.exitCode, completed.exitCode, again.exitCode]).toEqual([0, 0, 4]);
		expect(JSON.parse(again.stdout)).toMatchObject({
			error: { code: 'invalid-operation', status: 'CANCELED', lastAct: { operator: { id: 'ada' }, reason: 'closed' } },
		});
		expect(await commandOf(second)).toMatchObject({ status: 'COMPLETED', result: { receipt: 'hand' } });
	});

	it('are resolved exactly once by two operators at a time', async () => {
		const [id = ''] = await park(1);

		const both = await Promise.all(
			['ada', 'bob'].map((operator) => shop.run(['tsq', 'cancel', 'shop', id, '--reason', 'r'], { operator })),
		);

		expect(both.map(({ exitCode }) => exitCode).sort()).toEqual([0, 4]);
	});

	it('by the hundred need a yes, and then are done to the last', async () => {
		await park(250);

		const refused = await shop.run(['tsq', 'cancel', '--domain', 'shop', '--reason', 'r']);
		const done = await shop.run(['tsq', 'cancel', '--domain', 'shop', '--reason', 'r', '--yes', '--json']);

		expect(refused.exitCode).toBe(2);
		expect(done).toMatchObject({ exitCode: 0, stderr: '' });
		expect(JSON.parse(done.stdout)).toMatchObject({ status: 'COMPLETED', skippedCount: 0, failedCount: 0 });
		expect(await shop.json(['tsq', 'list'])).toMatchObject({ count: 0 });
	});
});

describe('a bulk', () => {
	it('survives the one who works it off, and is finished by the next', async () => {
		await park(1_000);
		const preview = await shop.json(['tsq', 'bulk', 'preview', 'cancel', '--all', '--reason', 'r']);
		const bulkId = fieldOf(preview, 'bulkId');
		const digest = fieldOf(preview, 'digest');
		const started = await shop.run(['tsq', 'bulk', 'start', bulkId, '--digest', digest, '--detach']);
		const working = startCb(['tsq', 'bulk', 'run', bulkId], { database: shop.url });
		await expect
			.poll(async () => settledOf(await shop.json(['tsq', 'bulk', 'show', bulkId])), { interval: 10, timeout: 30_000 })
			.toBeGreaterThan(0);
		working.signal('SIGKILL');
		await working.ended;

		const finished = await shop.run(['tsq', 'bulk', 'run', bulkId]);

		expect(started.stderr).toContain(`cb tsq bulk run ${bulkId}`);
		expect(finished.exitCode).toBe(0);
		expect(await shop.json(['tsq', 'bulk', 'show', bulkId])).toMatchObject({ status: 'COMPLETED', doneCount: 1_000 });
		expect(
			(await shop.run(['tsq', 'bulk', 'results', bulkId, '--limit', '1000'])).stdout.match(/ DONE/gu),
		).toHaveLength(1_000);
		expect((await shop.run(['tsq', 'bulk', 'list'])).stdout).toContain(bulkId);
	});
});

describe('a process', () => {
	it('is started, waits for an operator, and goes on when its command is completed', async () => {
		const input = '{"order":"p-1","ship":"permanent"}';
		const processId = fieldOf(
			await shop.json(['process', 'start', 'Order', '--input', input, ...definitions]),
			'processId',
		);
		const show = async (): Promise<string> => (await shop.run(['process', 'show', processId])).stdout;
		await expect.poll(show, { timeout: 30_000 }).toMatch(/Status +WAITING_FOR_TSQ/u);
		const waiting = await shop.run(['process', 'show', processId]);
		const [, shipId = ''] = /cb tsq list --text (\S+)/u.exec(waiting.stderr) ?? [];

		await shop.run(['tsq', 'complete', 'shop', shipId, '--reason', 'shipped by hand']);

		await expect.poll(show, { timeout: 30_000 }).toMatch(/Status +COMPLETED/u);
		expect((await shop.run(['process', 'history', processId])).stdout).toMatch(/STEP_PARKED[^]*COMPLETED/u);
		expect((await shop.run(['process', 'graph', processId])).stdout).toContain('flowchart TD');
	});

	it('is compensated when its command is canceled', async () => {
		const input = '{"order":"p-2","ship":"permanent"}';
		const processId = fieldOf(
			await shop.json(['process', 'start', 'Order', '--input', input, ...definitions]),
			'processId',
		);
		const count = async (status: string): Promise<unknown> =>
			fieldOf(await shop.json(['process', 'list', '--text', processId, '--status', status]), 'count');
		await expect.poll(() => count('waiting_for_tsq'), { timeout: 30_000 }).toBe('1');

		const canceled = await shop.run(['tsq', 'cancel', '--domain', 'shop', '--reason', 'lost', '--yes']);

		expect(canceled.exitCode).toBe(0);
		await expect.poll(() => count('compensated'), { timeout: 30_000 }).toBe('1');
		expect((await shop.run(['process', 'show', processId])).stdout).toMatch(/REFUND \(undoes CHARGE\) +SUCCEEDED/u);
	});

	it('that has ended is never moved', async () => {
		const processId = fieldOf(
			await shop.json(['process', 'start', 'Order', '--input', '{"order":"p-3"}', ...definitions]),
			'processId',
		);
		await expect
			.poll(async () => (await shop.run(['process', 'show', processId])).stdout, { timeout: 30_000 })
			.toMatch(/Status +COMPLETED/u);

		const { exitCode, stderr } = await shop.run(['process', 'cancel', processId, '--reason', 'r', ...definitions]);

		expect(exitCode).toBe(4);
		expect(stderr).toContain('COMPLETED');
		expect(await shop.json(['process', 'batches'])).toEqual({ items: [] });
		expect(await shop.json(['replies', 'unhandled'])).toEqual([]);
	});
});

/** A field of a document as text; empty when it is not there. */
function fieldOf(document: unknown, name: string): string {
	if (typeof document !== 'object' || document === null) return '';
	const value = new Map<string, unknown>(Object.entries(document)).get(name);
	return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function settledOf(bulk: unknown): number {
	return Number(fieldOf(bulk, 'doneCount'));
}
