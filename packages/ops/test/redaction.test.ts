import { describe, expect, it } from 'vitest';
import { hasRole, redactFields, redactedMark } from '../src/index.ts';
import type { Redact } from '../src/index.ts';
import {
	accountClosed,
	ada,
	addressOf,
	bob,
	by,
	domain,
	expectRefused,
	openQueue,
	park,
	parkDue,
	receive,
	withOptions,
} from './scenario.ts';

const table = { [ada.id]: 'admin', [bob.id]: 'viewer' } as const;
const redact = redactFields(['card.number', '**.iban'], { revealTo: hasRole(table, 'operator') });
const viewer = { operator: bob };
const data = { amount: 1, card: { number: '4111' }, lines: [{ iban: 'DE12' }] };
const maskedData = { amount: 1, card: { number: redactedMark }, lines: [{ iban: redactedMark }] };

const context = {
	item: { domain, commandId: 'x', commandType: 'Charge' },
	operator: undefined,
	part: 'payload',
} as const;

describe('redactFields', () => {
	const cases: readonly (readonly [string | readonly string[], unknown, unknown])[] = [
		['a', { a: 1, b: 2 }, { a: redactedMark, b: 2 }],
		['a.b', { a: { b: { c: 1 } } }, { a: { b: redactedMark } }],
		['*', { a: 1, b: [2] }, { a: redactedMark, b: redactedMark }],
		['a.*.c', { a: [{ c: 1, d: 2 }, { c: 3 }] }, { a: [{ c: redactedMark, d: 2 }, { c: redactedMark }] }],
		['a.0', { a: [1, 2] }, { a: [redactedMark, 2] }],
		[
			'**.p',
			{ p: 1, q: [{ p: 2, r: { p: 3 } }] },
			{ p: redactedMark, q: [{ p: redactedMark, r: { p: redactedMark } }] },
		],
		['a.**', { a: { b: 1 }, c: 2 }, { a: redactedMark, c: 2 }],
		['**', 'secret', redactedMark],
		['**', { a: 1 }, redactedMark],
		['a.b', 'text', 'text'],
		['missing.path', { a: 1 }, { a: 1 }],
		[['a.b'], { 'a.b': 1, a: { b: 2 } }, { 'a.b': redactedMark, a: { b: 2 } }],
		['__proto__.x', JSON.parse('{"__proto__":{"x":1}}'), JSON.parse(`{"__proto__":{"x":"${redactedMark}"}}`)],
	];

	it.each(cases)('masks %j', async (path, value, expected) => {
		expect(await redactFields([path])(value as never, context)).toEqual(expected);
	});

	it('shows everything to whom it is revealed, and masks for everybody else', async () => {
		expect(await redact(data, { ...context, operator: ada })).toEqual(data);
		expect(await redact(data, { ...context, operator: bob })).toEqual(maskedData);
		expect(await redact(data, context)).toEqual(maskedData);
	});

	it.each(['', 'a..b', '.a'])('refuses the path %j', (path) => {
		expect(() => redactFields([path])).toThrow(/redactFields/);
	});
});

describe('redact', () => {
	it('masks payloads in lists', async () => {
		const scenario = await openQueue({ redact });
		await park(scenario, { data });

		expect((await scenario.queue.list({}, viewer)).items).toMatchObject([{ payload: maskedData }]);
		expect((await scenario.queue.list()).items).toMatchObject([{ payload: maskedData }]);
		expect((await scenario.queue.list({}, by)).items).toMatchObject([{ payload: data }]);
	});

	it('masks item, generations, results and error details of one command', async () => {
		const scenario = await openQueue({ redact });
		const address = addressOf(await park(scenario, { data }, { ...accountClosed, details: { iban: 'DE12' } }));
		await scenario.queue.complete({ ...address, operator: ada, result: { iban: 'DE12', ok: true } });

		const details = await scenario.queue.get(address, viewer);

		expect(JSON.stringify(details)).not.toMatch(/4111|DE12/);
		expect(details.command.result).toEqual({ iban: redactedMark, ok: true });
		expect(details.generations).toMatchObject([{ data: maskedData }]);
		expect(JSON.stringify(await scenario.queue.get(address, by))).toMatch(/4111.*|DE12/);
	});

	it('masks the values of an amendment and keeps its paths', async () => {
		const scenario = await openQueue({ redact });
		const address = addressOf(await park(scenario, { data }));
		const amended = { amount: 2, card: { number: '5500' }, lines: [{ iban: 'FR34' }, { iban: 'FR56' }] };
		await scenario.queue.amendAndRetry({ ...address, operator: ada, reason: 'x', data: amended });

		const { history } = await scenario.queue.get(address, viewer);

		const [amendment] = history.flatMap(({ details }) => details['amendment'] ?? []);
		expect(amendment).toEqual({
			diff: expect.arrayContaining([
				{ op: 'replace', path: '/amount', value: 2 },
				{ op: 'replace', path: '/card/number', value: redactedMark },
			]) as unknown,
		});
		expect(JSON.stringify(history)).not.toMatch(/4111|5500|DE12|FR34|FR56/);
		expect(JSON.stringify((await scenario.queue.get(address, by)).history)).toContain('5500');
	});

	it('masks every value of an amendment whose original is gone', async () => {
		const scenario = await openQueue({ redact });
		const address = addressOf(await park(scenario, { data }));
		const [original] = (await scenario.queue.get(address)).generations;
		await scenario.queue.amendAndRetry({ ...address, operator: ada, reason: 'x', data: { ...data, amount: 2 } });
		await scenario.subject.dropArchived('payments__commands', original?.messageId ?? '');

		const { history } = await scenario.queue.get(address, viewer);

		expect(history.at(-1)?.details['amendment']).toEqual({
			diff: [{ op: 'replace', path: '/amount', value: redactedMark }],
		});
	});

	it('refuses a whole payload from an operator who does not see all of it', async () => {
		const scenario = await openQueue({ redact });
		const address = addressOf(await park(scenario, { data }));
		const seen = (await scenario.queue.list({}, viewer)).items[0]?.payload ?? null;

		const error = await expectRefused(scenario, 'invalid-argument', () =>
			scenario.queue.amendAndRetry({ ...address, operator: bob, reason: 'x', data: seen }),
		);

		expect(error).toMatchObject({ issues: [{ path: '$.data' }] });
	});

	it.each([
		{ op: 'copy', from: '/card/number', path: '/note' },
		{ op: 'move', from: '/card', path: '/note' },
		{ op: 'test', path: '/card/number', value: '4111' },
	] as const)('refuses to read masked values by patching with %j', async (operation) => {
		const scenario = await openQueue({ redact });
		const address = addressOf(await park(scenario, { data }));

		const error = await expectRefused(scenario, 'invalid-argument', () =>
			scenario.queue.amendAndRetry({ ...address, operator: bob, reason: 'x', patch: [operation] }),
		);

		expect(error).toMatchObject({ issues: [{ path: '$.patch[0].op' }] });
	});

	it.each(['', '/card'])('refuses to write a part with masked values in it, at %j', async (path) => {
		const scenario = await openQueue({ redact });
		const address = addressOf(await park(scenario, { data }));
		const patch = [{ op: 'replace', path, value: maskedData }] as const;

		const error = await expectRefused(scenario, 'invalid-argument', () =>
			scenario.queue.amendAndRetry({ ...address, operator: bob, reason: 'x', patch }),
		);

		expect(error).toMatchObject({ issues: [{ path: '$.patch[0].path' }] });
	});

	it('lets an operator replace a masked value that was never shown', async () => {
		const scenario = await openQueue({ redact });
		const address = addressOf(await park(scenario, { data }));
		const patch = [{ op: 'replace', path: '/card/number', value: '5500' }] as const;

		await scenario.queue.amendAndRetry({ ...address, operator: bob, reason: 'x', patch });

		expect((await receive(scenario)).data).toEqual({ ...data, card: { number: '5500' } });
	});

	it('lets an operator who sees masks amend with a patch', async () => {
		const scenario = await openQueue({ redact });
		const address = addressOf(await park(scenario, { data }));

		await scenario.queue.amendAndRetry({
			...address,
			operator: bob,
			reason: 'x',
			patch: [{ op: 'replace', path: '/amount', value: 7 }],
		});

		expect((await receive(scenario)).data).toEqual({ ...data, amount: 7 });
	});

	it('shows nothing when the hook throws', async () => {
		const scenario = await openQueue();
		await park(scenario);
		const broken: Redact = () => Promise.reject(Object.assign(new Error('no rules'), { code: 'no-rules' }));
		const queue = withOptions(scenario, { redact: broken });

		await expectRefused(scenario, 'no-rules', () => queue.list());
	});

	it('never reports values to telemetry', async () => {
		const scenario = await openQueue({ redact });
		const address = addressOf(await park(scenario, { data }));
		await scenario.queue.amendAndRetry({ ...address, operator: ada, reason: 'x', data: { ...data, amount: 2 } });
		await parkDue(scenario);
		await scenario.queue.complete({ ...address, operator: ada, result: data });

		expect(scenario.events).toHaveLength(2);
		expect(JSON.stringify(scenario.events)).not.toMatch(/4111|DE12/);
	});
});
