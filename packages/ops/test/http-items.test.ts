import { StoreError, defineCommand } from '@cb/core';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { redactFields, redactedMark, roleAuthorizer } from '../src/index.ts';
import * as responses from '../src/http/response-schemas.ts';
import { answered, openHttp, problem } from './http-scenario.ts';
import {
	ada,
	addressOf,
	bob,
	domain,
	dropPayload,
	everything,
	lastEventOf,
	park,
	parkDue,
	parkMany,
	receive,
	recordOf,
	replyQueue,
	repliesOn,
	send,
	statusOf,
	textLike,
	unknownId,
} from './scenario.ts';

const itemPath = ({ commandId }: { readonly commandId: string }): string => `/tsq/items/${domain}/${commandId}`;
const items = responses.pageOf(responses.ItemSchema);

describe('GET', () => {
	it('I1 I2 lists items by filter, in pages', async () => {
		const scenario = await openHttp();
		await parkMany(scenario, 3);
		await park(scenario, { domain: 'reports' });

		const first = await answered(await scenario.get(`/tsq/items?domain=${domain}&limit=2`), items);
		const cursor = String(first['nextCursor']);
		const second = await answered(await scenario.get(`/tsq/items?domain=${domain}&limit=2&cursor=${cursor}`), items);

		expect(first['items']).toHaveLength(2);
		expect(second['items']).toHaveLength(1);
		const { count } = await answered(await scenario.get('/tsq/count?domain=reports'), responses.CountSchema);
		expect(count).toBe(1);
	});

	it('I8 takes moments and days', async () => {
		const scenario = await openHttp();
		await park(scenario);

		const count = async (query: string): Promise<number> =>
			(await answered(await scenario.get(`/tsq/count?${query}`), responses.CountSchema)).count;

		expect(await count('parkedFrom=2026-01-01T00:00:00Z')).toBe(1);
		expect(await count('parkedFrom=2026-01-01T01:00:00%2B01:00')).toBe(1);
		expect(await count('parkedFrom=2026-01-02')).toBe(0);
	});

	it('I10 names domains and groups', async () => {
		const scenario = await openHttp();
		await parkMany(scenario, 2);

		expect(await answered(await scenario.get('/tsq/domains'), responses.DomainsSchema)).toEqual({ domains: [domain] });
		const { groups } = await answered(await scenario.get('/tsq/groups'), responses.GroupsSchema);
		expect(groups).toMatchObject([{ count: 2, errorCode: 'ACCOUNT_CLOSED' }]);
	});

	it('shows one command with its history, and its version as ETag', async () => {
		const scenario = await openHttp();
		const command = await park(scenario);

		const response = await scenario.get(itemPath(command));

		expect(response.headers.get('etag')).toBe(`"${String((await recordOf(scenario, command)).version)}"`);
		const details = await answered(response, responses.DetailsSchema);
		expect(details.item).toMatchObject(addressOf(command));
		expect(details.history).toHaveLength(4);
		await scenario.queue.cancel({ ...addressOf(command), operator: ada, reason: 'x' });
		expect((await answered(await scenario.get(itemPath(command)), responses.DetailsSchema)).item).toBeNull();
	});

	it('reports health', async () => {
		const scenario = await openHttp({ healthThresholds: { 'parked-count': { warning: 1, critical: 1 } } });
		await park(scenario);

		const report = await answered(await scenario.get(`/tsq/health?domain=${domain}`), responses.HealthSchema);

		expect(report).toMatchObject({ overall: 'critical' });
		expect(report.statistics).toHaveLength(1);
	});

	it('masks payloads for those who may not see them', async () => {
		const redact = redactFields(['card'], { revealTo: ({ id }) => id === ada.id });
		const scenario = await openHttp({}, { redact });
		const command = await park(scenario);

		const shown = await answered(await scenario.get('/tsq/items', { 'x-operator': bob.id }), items);
		const details = await (await scenario.get(itemPath(command), { 'x-operator': bob.id })).text();

		expect(shown['items']).toMatchObject([{ payload: { card: redactedMark } }]);
		expect(details).not.toContain('4111');
		expect(await (await scenario.get(itemPath(command))).text()).toContain('4111');
	});

	it.each([
		['/tsq/items?limit=0', '$.limit'],
		['/tsq/items?limit=abc', '$.limit'],
		['/tsq/items?offset=-1', '$.offset'],
		['/tsq/items?limit=1&limit=2', '$.limit'],
		['/tsq/items?domain=A', '$.domain'],
		['/tsq/items?stauts=x', '$'],
		['/tsq/items?cursor=nonsense', 'cursor'],
		['/tsq/items?parkedFrom=yesterday', '$.parkedFrom'],
		['/tsq/count?limit=1', '$'],
		['/tsq/domains?x=1', '$'],
		[`/tsq/items/${domain}/17`, '$.commandId'],
	])('answers 422 with the place for %s', async (path, place) => {
		const scenario = await openHttp();

		const { issues } = await problem(await scenario.get(path), 422);

		expect(issues).toMatchObject([{ path: place }]);
	});
});

describe('POST', () => {
	it('J1 retries, in the name of who is authenticated', async () => {
		const scenario = await openHttp();
		const command = await park(scenario);

		const response = await scenario.post(`${itemPath(command)}/retry`, { reason: 'fixed' });

		const result = await answered(response, responses.ActResultSchema);
		expect(result).toMatchObject({ status: 'PENDING', generation: 2, isRepeated: false });
		expect(await lastEventOf(scenario, command)).toMatchObject({ details: { operator: ada, reason: 'fixed' } });
	});

	it('K1 cancels, L1 completes, J10 amends', async () => {
		const scenario = await openHttp();
		const canceled = await park(scenario);
		const completed = await park(scenario);
		const amended = await park(scenario);
		const amendment = { reason: 'typo', patch: [{ op: 'replace', path: '/amount', value: 1 }] };

		await answered(await scenario.post(`${itemPath(canceled)}/cancel`, { reason: 'x' }), responses.ActResultSchema);
		await answered(await scenario.post(`${itemPath(completed)}/complete`, { result: [1] }), responses.ActResultSchema);
		await answered(await scenario.post(`${itemPath(amended)}/amend`, amendment), responses.ActResultSchema);

		expect(await repliesOn(scenario)).toMatchObject([{ outcome: 'CANCELED' }, { outcome: 'SUCCESS', data: [1] }]);
		expect((await receive(scenario)).data).toMatchObject({ amount: 1 });
	});

	it('takes an empty body where nothing is required', async () => {
		const scenario = await openHttp();
		const command = await park(scenario);

		await answered(await scenario.post(`${itemPath(command)}/retry`, ''), responses.ActResultSchema);
	});

	it('M5 takes the operator from authenticate alone, never from the body', async () => {
		const scenario = await openHttp();
		const command = await park(scenario);

		const refusal = await problem(await scenario.post(`${itemPath(command)}/retry`, { operator: { id: 'root' } }), 422);

		expect(refusal.detail).toContain('operator');
		expect(await statusOf(scenario, command)).toBe('IN_TROUBLESHOOTING_QUEUE');
	});

	it('M6 answers 404 for an unknown command', async () => {
		const scenario = await openHttp();

		const { code } = await problem(await scenario.post(`/tsq/items/${domain}/${unknownId}/retry`), 404);

		expect(code).toBe('command-not-found');
		await problem(await scenario.get(`/tsq/items/${domain}/${unknownId}`), 404);
	});

	it('M6 answers 409 with the current status and the last act for a command that is not parked', async () => {
		const scenario = await openHttp();
		const command = await park(scenario);
		await scenario.queue.cancel({ ...addressOf(command), operator: bob, reason: 'fraud' });
		const before = await everything(scenario);

		const refusal = await problem(await scenario.post(`${itemPath(command)}/retry`), 409);

		expect(refusal).toMatchObject({
			code: 'invalid-operation',
			currentStatus: 'CANCELED',
			lastAct: { action: 'cancel', operator: bob, reason: 'fraud' },
		});
		expect(await everything(scenario)).toEqual(before);
	});

	it('M6 answers 409 for a command that was never parked', async () => {
		const scenario = await openHttp();
		const command = await send(scenario);

		const refusal = await problem(await scenario.post(`${itemPath(command)}/complete`), 409);

		expect(refusal).toMatchObject({ currentStatus: 'PENDING' });
	});

	it('M2 answers 409 for a missing reply queue', async () => {
		const scenario = await openHttp();
		const command = await park(scenario);
		await scenario.subject.dropQueue(replyQueue);

		const refusal = await problem(await scenario.post(`${itemPath(command)}/cancel`, { reason: 'x' }), 409);

		expect(refusal).toMatchObject({ code: 'reply-queue-not-found', replyTo: replyQueue });
	});

	it('J6 answers 409 for a missing payload', async () => {
		const scenario = await openHttp();
		const command = await park(scenario);
		await dropPayload(scenario, command);

		const refusal = await problem(await scenario.post(`${itemPath(command)}/retry`), 409);

		expect(refusal).toMatchObject({ currentStatus: 'IN_TROUBLESHOOTING_QUEUE', detail: textLike('payload') });
	});

	it('M7 takes the Idempotency-Key header as requestId', async () => {
		const scenario = await openHttp();
		const path = `${itemPath(await park(scenario))}/retry`;
		const headers = { 'idempotency-key': '"click-1"' };
		const first = await answered(await scenario.post(path, {}, headers), responses.ActResultSchema);

		const second = await answered(await scenario.post(path, { requestId: 'click-1' }), responses.ActResultSchema);

		expect(second).toEqual({ ...first, isRepeated: true });
	});

	it('M8 takes the If-Match header as expectedVersion', async () => {
		const scenario = await openHttp();
		const command = await park(scenario);
		const etag = (await scenario.get(itemPath(command))).headers.get('etag') ?? '';
		await scenario.queue.retry({ ...addressOf(command), operator: bob });
		await parkDue(scenario);

		const stale = await scenario.post(`${itemPath(command)}/cancel`, { reason: 'x' }, { 'if-match': etag });

		expect(await problem(stale, 409)).toMatchObject({ code: 'conflict', lastAct: { operator: bob, action: 'retry' } });
		const fresh = (await scenario.get(itemPath(command))).headers.get('etag') ?? '';
		const done = await scenario.post(`${itemPath(command)}/cancel`, { reason: 'x' }, { 'if-match': `W/${fresh}` });
		await answered(done, responses.ActResultSchema);
	});

	it.each([
		[{ expectedVersion: 1 }, { 'if-match': '"2"' }, '$.expectedVersion'],
		[{ requestId: 'a' }, { 'idempotency-key': 'b' }, '$.requestId'],
		[{}, { 'if-match': '"abc"' }, '$.expectedVersion'],
		[{}, { 'idempotency-key': ' ' }, '$.requestId'],
	])('answers 422 for the conditions %j with %j', async (body, headers, place) => {
		const scenario = await openHttp();
		const command = await park(scenario);

		const { issues } = await problem(await scenario.post(`${itemPath(command)}/retry`, body, { ...headers }), 422);

		expect(issues).toMatchObject([{ path: place }]);
	});

	it('J9 P17 answers 422 with the paths for payloads and results against their schemas', async () => {
		const definition = defineCommand({
			domain,
			type: 'Charge',
			data: z.object({ amount: z.int() }),
			result: z.object({ receipt: z.string() }),
		});
		const scenario = await openHttp({}, { definitions: [definition] });
		const path = itemPath(await park(scenario));

		const amended = await problem(await scenario.post(`${path}/amend`, { reason: 'x', data: { amount: 'a' } }), 422);
		const completed = await problem(await scenario.post(`${path}/complete`, { result: { receipt: 1 } }), 422);

		expect(amended.issues).toMatchObject([{ path: '$.amount' }]);
		expect(completed.issues).toMatchObject([{ path: '$.receipt' }]);
	});

	it.each([
		['retry', { force: true }],
		['retry', [1]],
		['cancel', {}],
		['cancel', { reason: ' ' }],
		['amend', { reason: 'x' }],
		['amend', { reason: 'x', data: 1, patch: [] }],
		['complete', { suppressReply: 'yes' }],
	])('answers 422 to %s with %j, and changes nothing', async (act, body) => {
		const scenario = await openHttp();
		const path = `${itemPath(await park(scenario))}/${act}`;
		const before = await everything(scenario);

		await problem(await scenario.post(path, body), 422);

		expect(await everything(scenario)).toEqual(before);
	});

	it('M9 answers 403 to whom the authorize hook denies', async () => {
		const scenario = await openHttp({}, { authorize: roleAuthorizer({ [ada.id]: 'viewer' }) });
		const command = await park(scenario);

		const { code } = await problem(await scenario.post(`${itemPath(command)}/retry`), 403);

		expect(code).toBe('not-authorized');
		expect(await statusOf(scenario, command)).toBe('IN_TROUBLESHOOTING_QUEUE');
		await answered(await scenario.get('/tsq/items'), items);
	});

	it('answers 503 when the store is away, without telling where it is', async () => {
		const away = new StoreError('connect ECONNREFUSED db.internal:5432', { reason: 'connection', isRetryable: true });
		const scenario = await openHttp({}, { authorize: () => Promise.reject(away) });

		const response = await scenario.get('/tsq/items');

		expect(response.headers.get('retry-after')).toBe('1');
		const refusal = await problem(response, 503);
		expect(refusal).toMatchObject({ code: 'store', isRetryable: true });
		expect(JSON.stringify(refusal)).not.toContain('db.internal');
	});
});
