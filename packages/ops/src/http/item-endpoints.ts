/** Looking at parked commands, and acting on one. */
import type { z } from 'zod';
import type { HealthThresholds } from '../queue-health.ts';
import { defineEndpoint } from './endpoint.ts';
import type { Answer, Endpoint } from './endpoint.ts';
import * as requests from './request-schemas.ts';
import * as responses from './response-schemas.ts';

const { NothingSchema, ItemPathSchema } = requests;

const look = { method: 'GET', path: NothingSchema, body: NothingSchema } as const;

const lookEndpoints: readonly Endpoint[] = [
	defineEndpoint({
		...look,
		route: '/items',
		name: 'listItems',
		summary: 'Parked commands, newest first. Page by cursor.',
		query: requests.ItemsQuerySchema,
		answers: { status: 200, schema: responses.pageOf(responses.ItemSchema) },
		run: async ({ query, operator, queue }) => ({ body: await queue.list(query, { operator }) }),
	}),
	defineEndpoint({
		...look,
		route: '/count',
		name: 'countItems',
		summary: 'How many parked commands match.',
		query: requests.FilterQuerySchema,
		answers: { status: 200, schema: responses.CountSchema },
		run: async ({ query, operator, queue }) => ({ body: { count: await queue.count(query, { operator }) } }),
	}),
	defineEndpoint({
		...look,
		route: '/groups',
		name: 'groupItems',
		summary: 'Problems: parked commands by domain, type and error fingerprint, newest first.',
		query: requests.FilterQuerySchema,
		answers: { status: 200, schema: responses.GroupsSchema },
		run: async ({ query, operator, queue }) => ({ body: { groups: await queue.groups(query, { operator }) } }),
	}),
	defineEndpoint({
		...look,
		route: '/domains',
		name: 'listDomains',
		summary: 'Domains with parked commands, sorted.',
		query: NothingSchema,
		answers: { status: 200, schema: responses.DomainsSchema },
		run: async ({ operator, queue }) => ({ body: { domains: await queue.domains({ operator }) } }),
	}),
	defineEndpoint({
		...look,
		route: '/items/:domain/:commandId',
		name: 'getItem',
		summary: 'One command, parked or not, with its audit trail and all its payloads.',
		path: ItemPathSchema,
		query: NothingSchema,
		answers: { status: 200, schema: responses.DetailsSchema },
		run: async ({ path, operator, queue }) => {
			const details = await queue.get(path, { operator });
			return { body: { ...details, item: details.item ?? null }, version: details.command.version };
		},
	}),
];

const act = {
	method: 'POST',
	path: ItemPathSchema,
	query: NothingSchema,
	isConditional: true,
	answers: { status: 200, schema: responses.ActResultSchema },
} as const;

const actEndpoints: readonly Endpoint[] = [
	defineEndpoint({
		...act,
		route: '/items/:domain/:commandId/retry',
		name: 'retryItem',
		summary: 'Send the parked command again.',
		body: requests.RetryBodySchema,
		run: async ({ path, body, operator, queue }) => acted(await queue.retry({ ...path, ...body, operator })),
	}),
	defineEndpoint({
		...act,
		route: '/items/:domain/:commandId/cancel',
		name: 'cancelItem',
		summary: 'End the command as CANCELED, with a reply.',
		body: requests.CancelBodySchema,
		run: async ({ path, body, operator, queue }) => acted(await queue.cancel({ ...path, ...body, operator })),
	}),
	defineEndpoint({
		...act,
		route: '/items/:domain/:commandId/complete',
		name: 'completeItem',
		summary: 'End the command as COMPLETED with a result, with a reply.',
		body: requests.CompleteBodySchema,
		run: async ({ path, body, operator, queue }) => acted(await queue.complete({ ...path, ...body, operator })),
	}),
	defineEndpoint({
		...act,
		route: '/items/:domain/:commandId/amend',
		name: 'amendItem',
		summary: 'Change the payload (whole, or by JSON Patch) and send the command again.',
		body: requests.AmendBodySchema,
		run: async ({ path, body, operator, queue }) => {
			const { data, patch, ...rest } = body;
			const change = patch === undefined ? { data: data ?? null } : { patch };
			return acted(await queue.amendAndRetry({ ...path, ...rest, ...change, operator }));
		},
	}),
];

export function itemEndpoints(thresholds: HealthThresholds): readonly Endpoint[] {
	return [...lookEndpoints, ...actEndpoints, healthEndpoint(thresholds)];
}

function healthEndpoint(thresholds: HealthThresholds): Endpoint {
	return defineEndpoint({
		...look,
		route: '/health',
		name: 'readHealth',
		summary: 'Depth, age, stalled leases and parked commands of every domain against thresholds.',
		query: requests.HealthQuerySchema,
		answers: { status: 200, schema: responses.HealthSchema },
		run: async ({ query, operator, queue }) => ({
			body: await queue.health({ ...thresholds, ...query }, { operator }),
		}),
	});
}

function acted(result: z.output<typeof responses.ActResultSchema>): Answer {
	return { body: result, version: result.version };
}
