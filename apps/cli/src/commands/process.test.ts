import { fileURLToPath } from 'node:url';
import { createProcessManager } from '@cb/process';
import { describe, expect, it } from 'vitest';
import { Order } from '../../test/fixtures/shop.ts';
import { createInProcess } from '../../test/in-process.ts';
import type { InProcess } from '../../test/in-process.ts';

const definitions = ['--definitions', fileURLToPath(new URL('../../test/fixtures/shop.ts', import.meta.url))];
const noDefinitions = fileURLToPath(new URL('../exit-code.ts', import.meta.url));
const unknown = '019af3a2-5b1c-7e2d-8f00-3c1d5e7a9b10';

async function withShop(): Promise<InProcess> {
	const cb = createInProcess();
	await cb.run(['domain', 'create', 'shop']);
	return cb;
}

async function started(cb: InProcess, order = 'o-1', ...flags: readonly string[]): Promise<string> {
	const { stderr } = await cb.run([
		'process',
		'start',
		'Order',
		'--input',
		JSON.stringify({ order }),
		...flags,
		...definitions,
	]);
	return /[0-9a-f-]{36}/u.exec(stderr)?.[0] ?? '';
}

describe('cb process start', () => {
	it('starts a process of the definitions that a module exports', async () => {
		const cb = await withShop();

		const id = await started(cb);

		expect(await cb.json(['process', 'show', id])).toMatchObject({
			process: { processId: id, processType: 'Order', status: 'WAITING_FOR_REPLY', currentStep: 'CHARGE' },
			steps: [{ step: 'CHARGE', status: 'OPEN' }],
		});
	});

	it('finds the first process by its business key', async () => {
		const cb = await withShop();
		const id = await started(cb, 'o-1', '--key', 'k-1');

		const again = ['process', 'start', 'Order', '--input', '{"order":"o-1"}', '--key', 'k-1', ...definitions];

		expect(await cb.json(again)).toEqual({ processId: id, isExisting: true });
		expect((await cb.run(again)).stdout).toContain('existed already; nothing was started');
	});

	it.each([
		[['Order', '--input', '{"order":5}', ...definitions], 8, '$.order'],
		[['Order', '--input', '{', ...definitions], 8, 'is not JSON'],
		[['Ordr', '--input', '{}', ...definitions], 2, 'Defined are: Order'],
		[['Order', '--input', '{}'], 2, 'Process definitions are code'],
		[['Order', '--input', '{}', '--definitions', '/nonexistent.js'], 2, 'cannot be loaded'],
		[['Order', '--input', '{}', '--definitions', noDefinitions], 2, 'exports no process definition'],
		[['Order', '--input', '{"order":"o"}', '--id', 'x', ...definitions], 2, 'UUID'],
		[['Order', ...definitions], 2, '--input'],
	])('refuses %j', async (words, exitCode, problem) => {
		const cb = await withShop();

		const outcome = await cb.run(['process', 'start', ...words]);

		expect(outcome.exitCode).toBe(exitCode);
		expect(outcome.stderr).toContain(problem);
		expect(await cb.json(['process', 'list'])).toMatchObject({ count: 0 });
	});

	it("takes the demo's definitions on the demo's database only", async () => {
		const cb = await withShop();
		const environment = { demoDefinitionsFile: definitions[1] ?? '' };
		const words = ['process', 'start', 'Order', '--input', '{"order":"o"}'];

		const elsewhere = await cb.run(words, { environment });

		expect(elsewhere.exitCode).toBe(2);
	});
});

describe('looking at processes', () => {
	it('lists by filters, without any definition', async () => {
		const cb = await withShop();
		const first = await started(cb, 'o-1', '--key', 'k-1');
		await started(cb, 'o-2');
		const count = async (...flags: readonly string[]): Promise<unknown> => {
			const { stdout } = await cb.run(['process', 'list', ...flags]);
			return stdout.startsWith('No') ? 0 : stdout.trim().split('\n').length - 1;
		};

		expect(await count()).toBe(2);
		expect(await count('--status', 'waiting_for_reply,completed')).toBe(2);
		expect(await count('--status', 'COMPLETED')).toBe(0);
		expect(await count('--text', 'k-1')).toBe(1);
		expect(await count('--text', first)).toBe(1);
		expect(await count('--type', 'Other')).toBe(0);
		expect((await cb.run(['process', 'list', '--status', 'nonsense'])).exitCode).toBe(2);
		expect((await cb.run(['process', 'list', '--limit', '1'])).stdout).toContain('1 of 2 processes');
	});

	it('shows one in full within 80 columns', async () => {
		const cb = await withShop();
		const id = await started(cb);

		const { stdout } = await cb.run(['process', 'show', id], { columns: 80 });

		expect(stdout).toMatch(/Status +WAITING_FOR_REPLY[^]*Steps\n# +STEP +STATUS +TOOK +COMMAND/u);
		expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
	});

	it('shows its history', async () => {
		const cb = await withShop();
		const id = await started(cb);

		expect((await cb.run(['process', 'history', id])).stdout).toMatch(/STARTED[^]*STEP_SENT +CHARGE\n {4}command: /u);
	});

	it('draws one with its definition, and from its steps alone', async () => {
		const cb = await withShop();
		const id = await started(cb);

		const alone = await cb.run(['process', 'graph', id]);
		const whole = await cb.run(['process', 'graph', id, ...definitions]);
		const definition = await cb.run(['process', 'graph', '--type', 'Order', ...definitions]);

		expect(alone.stdout).toContain('step1["CHARGE<br/>Charge<br/>OPEN"]');
		expect(alone.stderr).toContain('--definitions');
		expect(whole.stdout).toMatch(/^flowchart TD[^]*SHIP[^]*-\. undo \.->/u);
		expect(definition.stdout).toContain('REFUND');
		expect((await cb.run(['process', 'graph'])).exitCode).toBe(2);
	});

	it.each(['show', 'history', 'graph'])(
		'%s says that a process does not exist, or that an id is none',
		async (word) => {
			const cb = await withShop();

			expect((await cb.run(['process', word, unknown])).exitCode).toBe(3);
			expect((await cb.run(['process', word, 'x'])).exitCode).toBe(2);
		},
	);

	it('lists batches, with counts that are not zero', async () => {
		const cb = await withShop();
		const manager = createProcessManager(cb.subject.backend, [Order]);
		const { batchId } = await manager.startMany(Order, [{ order: 'a' }, { order: 'b' }], {
			batch: { name: 'night run' },
		});

		const { stdout } = await cb.run(['process', 'batches']);

		expect(stdout).toMatch(/^BATCH +NAME +AGE +TOTAL\n[0-9a-f-]{36} +night run +\S+ +2\n$/u);
		expect(await cb.json(['process', 'batches', batchId])).toMatchObject({ batchId, totalCount: 2 });
		expect((await cb.run(['process', 'batches', unknown])).exitCode).toBe(3);
	});
});

describe('overriding a process', () => {
	it('cancels with operator and reason in its history', async () => {
		const cb = await withShop();
		const id = await started(cb);

		const { exitCode, stdout } = await cb.run(['process', 'cancel', id, '--reason', 'agreed', ...definitions]);

		expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: `Canceled: process ${id} is CANCELED, version 2.\n` });
		expect((await cb.run(['process', 'history', id])).stdout).toMatch(
			/OPERATOR_CANCEL[^]*operator: ada[^]*reason: agreed/u,
		);
	});

	it('compensates', async () => {
		const cb = await withShop();
		const id = await started(cb);

		expect(await cb.json(['process', 'compensate', id, '--reason', 'r', ...definitions])).toMatchObject({
			processId: id,
			status: 'COMPENSATED',
		});
	});

	it.each(['retry-step', 'retry-reply'])('%s is refused while the command will still answer', async (word) => {
		const cb = await withShop();
		const id = await started(cb);

		const { exitCode, stderr } = await cb.run(['process', word, id, '--reason', 'r', ...definitions]);

		expect(exitCode).toBe(4);
		expect(stderr).toContain('PENDING');
	});

	it.each([
		[['cancel', unknown, '--reason', 'r', ...definitions], 3, 'does not exist'],
		[['cancel', unknown, ...definitions], 2, '--reason'],
		[['cancel', unknown, '--reason', ' ', ...definitions], 2, 'reason'],
		[['compensate', unknown, '--reason', 'r'], 2, '--definitions'],
	])('refuses %j', async (words, exitCode, problem) => {
		const cb = await withShop();

		const outcome = await cb.run(['process', ...words]);

		expect(outcome.exitCode).toBe(exitCode);
		expect(outcome.stderr).toContain(problem);
	});

	it('is refused without an operator, and at another version than was seen', async () => {
		const cb = await withShop();
		const id = await started(cb);
		const cancel = ['process', 'cancel', id, '--reason', 'r', ...definitions];

		const nobody = await cb.run(cancel, { environment: { operator: undefined } });
		const stale = await cb.run([...cancel, '--expected-version', '99']);

		expect([nobody.exitCode, stale.exitCode]).toEqual([2, 5]);
	});
});
