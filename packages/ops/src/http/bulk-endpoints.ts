/** Bulks: preview, confirm, watch, and stop. */
import type { ActingOperator } from '../operator.ts';
import type { BulkRecord } from '@cb/core';
import type { Bulks } from '../bulk.ts';
import { defineEndpoint } from './endpoint.ts';
import type { Endpoint } from './endpoint.ts';
import * as requests from './request-schemas.ts';
import * as responses from './response-schemas.ts';

const { NothingSchema, BulkPathSchema } = requests;

const look = { method: 'GET', body: NothingSchema } as const;

const lookEndpoints: readonly Endpoint[] = [
	defineEndpoint({
		...look,
		route: '/bulks',
		name: 'listBulks',
		summary: 'Bulks, newest first.',
		path: NothingSchema,
		query: requests.PageQuerySchema,
		answers: { status: 200, schema: responses.pageOf(responses.BulkSchema) },
		run: async ({ query, operator, queue }) => ({ body: await queue.bulk.list(query, { operator }) }),
	}),
	defineEndpoint({
		...look,
		route: '/bulks/:bulkId',
		name: 'getBulk',
		summary: 'A bulk with its counts of now.',
		path: BulkPathSchema,
		query: NothingSchema,
		answers: { status: 200, schema: responses.BulkSchema },
		run: async ({ path, operator, queue }) => ({ body: await queue.bulk.progress(path.bulkId, { operator }) }),
	}),
	defineEndpoint({
		...look,
		route: '/bulks/:bulkId/results',
		name: 'listBulkResults',
		summary: 'One result per item, in order.',
		path: BulkPathSchema,
		query: requests.ResultsQuerySchema,
		answers: { status: 200, schema: responses.pageOf(responses.BulkItemSchema) },
		run: async ({ path, query, operator, queue }) => ({
			body: await queue.bulk.results(path.bulkId, query, { operator }),
		}),
	}),
];

const previewEndpoints: readonly Endpoint[] = [
	defineEndpoint({
		method: 'POST',
		route: '/bulks',
		name: 'previewBulk',
		summary: 'Freeze what matches now, and show what would be done. Nothing is done yet.',
		path: NothingSchema,
		query: NothingSchema,
		body: requests.PreviewBodySchema,
		answers: { status: 201, schema: responses.PreviewSchema },
		run: async ({ body, operator, queue }) => ({
			status: 201,
			body: await queue.bulk.preview({ ...body, operator }),
		}),
	}),
	defineEndpoint({
		method: 'POST',
		route: '/bulks/:bulkId/retry-failed',
		name: 'retryFailedOfBulk',
		summary: 'Preview the same act on the items that failed or were skipped and are still parked.',
		path: BulkPathSchema,
		query: NothingSchema,
		body: NothingSchema,
		answers: { status: 201, schema: responses.PreviewSchema },
		run: async ({ path, operator, queue }) => ({
			status: 201,
			body: await queue.bulk.retryFailed(path.bulkId, { operator }),
		}),
	}),
	defineEndpoint({
		method: 'POST',
		route: '/bulks/:bulkId/start',
		name: 'startBulk',
		summary: 'Confirm a preview by its digest. From then on the runners work it off.',
		path: BulkPathSchema,
		query: NothingSchema,
		body: requests.StartBodySchema,
		answers: { status: 200, schema: responses.BulkSchema },
		run: async ({ path, body, operator, queue }) => ({
			body: await queue.bulk.start(path.bulkId, body.digest, { operator }),
		}),
	}),
];

const moveEndpoints: readonly Endpoint[] = [
	moveEndpoint('pause', 'Touch no further item until it is resumed.', (bulk, id, by) => bulk.pause(id, by)),
	moveEndpoint('resume', 'Go on with a paused bulk.', (bulk, id, by) => bulk.resume(id, by)),
	moveEndpoint('cancel', 'End it: what waits ends as CANCELED.', (bulk, id, by) => bulk.cancel(id, by)),
];

export const bulkEndpoints: readonly Endpoint[] = [...lookEndpoints, ...previewEndpoints, ...moveEndpoints];

function moveEndpoint(
	move: 'pause' | 'resume' | 'cancel',
	summary: string,
	run: (bulks: Bulks, bulkId: string, by: ActingOperator) => Promise<BulkRecord>,
): Endpoint {
	return defineEndpoint({
		method: 'POST',
		route: `/bulks/:bulkId/${move}`,
		name: `${move}Bulk`,
		summary,
		path: BulkPathSchema,
		query: NothingSchema,
		body: NothingSchema,
		answers: { status: 200, schema: responses.BulkSchema },
		run: async ({ path, operator, queue }) => ({ body: await run(queue.bulk, path.bulkId, { operator }) }),
	});
}
