import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import * as responses from '../src/http/response-schemas.ts';
import { answered, openHttp, problem } from './http-scenario.ts';
import type { HttpScenario } from './http-scenario.ts';
import { bob, domain, park, parkMany, unknownId } from './scenario.ts';

type Preview = z.output<typeof responses.PreviewSchema>;

async function preview(scenario: HttpScenario, filter: unknown = { domain }): Promise<Preview> {
	const response = await scenario.post('/tsq/bulks', { filter, action: { action: 'cancel', reason: 'x' } });
	return answered(response, responses.PreviewSchema, 201);
}

describe('bulks', () => {
	it('are previewed, started by digest, watched and listed', async () => {
		const scenario = await openHttp();
		await parkMany(scenario, 3);
		await park(scenario, { domain: 'reports' });
		const { bulkId, count, digest } = await preview(scenario);
		expect(count).toBe(3);

		const started = await answered(await scenario.post(`/tsq/bulks/${bulkId}/start`, { digest }), responses.BulkSchema);
		expect(started).toMatchObject({ status: 'RUNNING', doneCount: 0 });
		await scenario.queue.bulk.run(bulkId);

		const bulk = await answered(await scenario.get(`/tsq/bulks/${bulkId}`), responses.BulkSchema);
		expect(bulk).toMatchObject({ status: 'COMPLETED', doneCount: 3 });
		const pages = responses.pageOf(responses.BulkItemSchema);
		const results = await answered(await scenario.get(`/tsq/bulks/${bulkId}/results?status=DONE&limit=2`), pages);
		expect(results['items']).toHaveLength(2);
		const list = await answered(await scenario.get('/tsq/bulks?limit=5'), responses.pageOf(responses.BulkSchema));
		expect(list['items']).toMatchObject([{ bulkId }]);
	});

	it('can be paused, resumed and canceled', async () => {
		const scenario = await openHttp();
		await park(scenario);
		const { bulkId, digest } = await preview(scenario);
		await scenario.post(`/tsq/bulks/${bulkId}/start`, { digest });

		for (const [move, status] of [
			['pause', 'PAUSED'],
			['resume', 'RUNNING'],
			['cancel', 'CANCELED'],
		] as const) {
			const bulk = await answered(await scenario.post(`/tsq/bulks/${bulkId}/${move}`), responses.BulkSchema);
			expect(bulk.status).toBe(status);
		}
		expect(await problem(await scenario.post(`/tsq/bulks/${bulkId}/cancel`), 409)).toMatchObject({
			currentStatus: 'CANCELED',
		});
	});

	it('can be repeated for what failed', async () => {
		const scenario = await openHttp();
		const { bulkId } = await preview(scenario, {});

		const again = await scenario.post(`/tsq/bulks/${bulkId}/retry-failed`);

		expect(await answered(again, responses.PreviewSchema, 201)).toMatchObject({ count: 0 });
	});

	it('M10 are not started by a wrong digest, nor by somebody else', async () => {
		const scenario = await openHttp();
		await park(scenario);
		const { bulkId, digest } = await preview(scenario);

		await problem(await scenario.post(`/tsq/bulks/${bulkId}/start`, { digest: 'wrong' }), 409);
		await problem(await scenario.post(`/tsq/bulks/${bulkId}/start`, { digest }, { 'x-operator': bob.id }), 409);

		expect(await scenario.queue.bulk.progress(bulkId)).toMatchObject({ status: 'PREVIEWED' });
	});

	it('answer 404 when unknown and 422 when malformed', async () => {
		const scenario = await openHttp();

		await problem(await scenario.get(`/tsq/bulks/${unknownId}`), 404);
		await problem(await scenario.post(`/tsq/bulks/${unknownId}/pause`), 404);
		await problem(await scenario.get('/tsq/bulks/17'), 422);
		await problem(await scenario.post('/tsq/bulks', { filter: {}, action: { action: 'cancel' } }), 422);
		await problem(await scenario.post('/tsq/bulks', { filter: { status: 'x' }, action: { action: 'retry' } }), 422);
		await problem(await scenario.post('/tsq/bulks', { action: { action: 'retry' } }), 422);
		await problem(await scenario.post(`/tsq/bulks/${unknownId}/start`, {}), 422);
		await problem(await scenario.get(`/tsq/bulks/${unknownId}/results?status=LOST`), 422);
	});
});
