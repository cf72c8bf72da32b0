import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { answered, openHttp, origin, problem } from './http-scenario.ts';
import { domain, unknownId } from './scenario.ts';

describe('openapi.json', () => {
	const DocumentSchema = z.object({
		openapi: z.literal('3.1.0'),
		paths: z.record(z.string(), z.record(z.string(), z.looseObject({ operationId: z.string() }))),
		components: z.object({ schemas: z.object({ Problem: z.looseObject({ type: z.literal('object') }) }) }),
	});

	const ParametersSchema = z.array(z.looseObject({ name: z.string(), schema: z.unknown() }));
	const problemReference = { $ref: '#/components/schemas/Problem' };

	it('describes every route', async () => {
		const scenario = await openHttp();

		const { paths } = await answered(await scenario.get('/tsq/openapi.json'), DocumentSchema);

		const routes = Object.entries(paths).flatMap(([path, methods]) =>
			Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
		);
		expect(routes.sort()).toMatchInlineSnapshot(`
			[
			  "GET /tsq/bulks",
			  "GET /tsq/bulks/{bulkId}",
			  "GET /tsq/bulks/{bulkId}/results",
			  "GET /tsq/count",
			  "GET /tsq/domains",
			  "GET /tsq/groups",
			  "GET /tsq/health",
			  "GET /tsq/items",
			  "GET /tsq/items/{domain}/{commandId}",
			  "POST /tsq/bulks",
			  "POST /tsq/bulks/{bulkId}/cancel",
			  "POST /tsq/bulks/{bulkId}/pause",
			  "POST /tsq/bulks/{bulkId}/resume",
			  "POST /tsq/bulks/{bulkId}/retry-failed",
			  "POST /tsq/bulks/{bulkId}/start",
			  "POST /tsq/items/{domain}/{commandId}/amend",
			  "POST /tsq/items/{domain}/{commandId}/cancel",
			  "POST /tsq/items/{domain}/{commandId}/complete",
			  "POST /tsq/items/{domain}/{commandId}/retry",
			]
		`);
		const names = Object.values(paths).flatMap((methods) => Object.values(methods).map((each) => each.operationId));
		expect(new Set(names).size).toBe(routes.length);
	});

	it('describes routes that are really there', async () => {
		const scenario = await openHttp();
		const { paths } = await answered(await scenario.get('/tsq/openapi.json'), DocumentSchema);

		for (const [path, methods] of Object.entries(paths)) {
			for (const method of Object.keys(methods)) {
				const url = origin + path.replace('{domain}', domain).replaceAll(/\{\w+\}/g, unknownId);
				const response = await (method === 'get' ? scenario.get : scenario.post)(new URL(url).pathname);
				expect([200, 404, 422]).toContain(response.status);
				if (response.status === 404) expect((await problem(response, 404)).code).not.toBe('route-not-found');
			}
		}
	});

	it('takes parameters, bodies and refusals from the schemas that requests are parsed with', async () => {
		const scenario = await openHttp();

		const { paths } = await answered(await scenario.get('/tsq/openapi.json'), DocumentSchema);

		const schemaOf = (name: string): unknown =>
			ParametersSchema.parse(paths['/tsq/items']?.['get']?.['parameters']).find((each) => each.name === name)?.schema;
		const time = {
			anyOf: [
				{ type: 'string', format: 'date-time' },
				{ type: 'string', format: 'date' },
			],
		};
		expect(schemaOf('limit')).toEqual({ type: 'integer', minimum: 1, maximum: 1_000 });
		expect(schemaOf('parkedFrom')).toMatchObject(time);
		expect(schemaOf('domain')).toMatchObject({ type: 'string', pattern: '^[a-z][a-z0-9_]{0,30}$' });
		expect(paths['/tsq/items/{domain}/{commandId}/cancel']?.['post']).toMatchObject({
			requestBody: {
				content: {
					'application/json': {
						schema: {
							type: 'object',
							additionalProperties: false,
							required: ['reason'],
							properties: {
								reason: { type: 'string', minLength: 1, maxLength: 2_000 },
								suppressReply: { type: 'boolean' },
								expectedVersion: { type: 'integer', minimum: 0 },
								requestId: { type: 'string' },
							},
						},
					},
				},
			},
			responses: { default: { content: { 'application/problem+json': { schema: problemReference } } } },
		});
	});
});
