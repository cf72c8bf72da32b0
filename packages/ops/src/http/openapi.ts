/** The OpenAPI 3.1 description, generated from the schemas that requests are parsed with. */
import { z } from 'zod';
import type { Endpoint } from './endpoint.ts';
import { ProblemSchema } from './response-schemas.ts';

type JsonSchema = Readonly<Record<string, unknown>>;

export function openApiDocument(endpoints: readonly Endpoint[], basePath: string): JsonSchema {
	const paths: Record<string, Record<string, JsonSchema>> = {};
	for (const endpoint of endpoints) {
		const path = basePath + endpoint.route.replaceAll(/:(\w+)/g, '{$1}');
		paths[path] = { ...paths[path], [endpoint.method.toLowerCase()]: operationOf(endpoint) };
	}
	return {
		openapi: '3.1.0',
		info: {
			title: 'Troubleshooting Queue',
			version: '1',
			description: 'Look at parked commands, and retry, amend, cancel or complete them, alone or in bulk.',
		},
		paths,
		components: { schemas: { Problem: schemaOf(ProblemSchema) } },
	};
}

function operationOf(endpoint: Endpoint): JsonSchema {
	const { name, summary, schemas, answers, method } = endpoint;
	const parameters = [
		...parametersOf(schemas.path, 'path'),
		...parametersOf(schemas.query, 'query'),
		...(endpoint.isConditional === true ? conditionHeaders : []),
	];
	const body = { required: true, content: { 'application/json': { schema: schemaOf(schemas.body) } } };
	return {
		operationId: name,
		summary,
		...(parameters.length === 0 ? {} : { parameters }),
		...(method === 'POST' ? { requestBody: body } : {}),
		responses: {
			[String(answers.status)]: {
				description: 'Done.',
				content: { 'application/json': { schema: schemaOf(answers.schema) } },
			},
			default: {
				description: 'Refused; nothing was changed.',
				content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
			},
		},
	};
}

const conditionHeaders: readonly JsonSchema[] = [
	{ name: 'If-Match', in: 'header', required: false, description: 'expectedVersion', schema: { type: 'string' } },
	{ name: 'Idempotency-Key', in: 'header', required: false, description: 'requestId', schema: { type: 'string' } },
];

function parametersOf(schema: z.ZodType, place: 'path' | 'query'): readonly JsonSchema[] {
	const { properties, required } = ObjectSchema.parse(schemaOf(schema));
	return Object.entries(properties).map(([name, property]) => ({
		name,
		in: place,
		required: required.includes(name),
		schema: property,
	}));
}

const ObjectSchema = z.object({
	properties: z.record(z.string(), z.unknown()).default({}),
	required: z.array(z.string()).default([]),
});

/** As a client writes it: before Dates are made of text. A payload may be any JSON. */
function schemaOf(schema: z.ZodType): JsonSchema {
	const all = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', override: readable });
	return Object.fromEntries(Object.entries(all).filter(([key]) => key !== '$schema'));
}

/** A format says more to a reader than the pattern behind it, and no bound more than the largest safe integer. */
function readable({ jsonSchema }: { readonly jsonSchema: z.core.JSONSchema.BaseSchema }): void {
	if (jsonSchema.format !== undefined) delete jsonSchema.pattern;
	if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
}
