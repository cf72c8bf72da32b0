/** HTTP requests that nobody means well with, to every path that an OpenAPI document names: right in places, hostile in others. */
import fc from 'fast-check';
import { z } from 'zod';
import * as hostile from './hostile.ts';

const OpenApiSchema = z.looseObject({
	paths: z.record(z.string(), z.record(z.string(), z.unknown())),
});

const OperationSchema = z.looseObject({
	parameters: z.array(z.looseObject({ name: z.string(), in: z.enum(['path', 'query', 'header']) })).default([]),
	requestBody: z
		.looseObject({
			content: z.looseObject({
				'application/json': z.looseObject({
					schema: z.looseObject({ properties: z.record(z.string(), z.unknown()).optional() }),
				}),
			}),
		})
		.optional(),
});

/** Values that are right, by the name of a parameter or field. */
export type RightValues = Readonly<Record<string, readonly unknown[]>>;

export interface HostileRequest {
	readonly path: string;
	readonly method: string;
	readonly headers: Readonly<Record<string, string>>;
	readonly body?: string | Uint8Array<ArrayBuffer> | undefined;
}

/** `$ref`s are followed within the document. */
export function requestsTo(document: unknown, right: RightValues): fc.Arbitrary<HostileRequest> {
	const { paths } = OpenApiSchema.parse(document);
	const said = Object.entries(paths).flatMap(([path, methods]) =>
		Object.entries(methods).map(([method, operation]) =>
			requestTo({ path, method, operation: resolved(document, operation) }, right),
		),
	);
	return fc.oneof(...said, { arbitrary: strayRequest(Object.keys(paths)), weight: 2 });
}

interface Described {
	readonly path: string;
	readonly method: string;
	readonly operation: unknown;
}

function requestTo({ path, method, operation }: Described, right: RightValues): fc.Arbitrary<HostileRequest> {
	const { parameters, requestBody } = OperationSchema.parse(operation);
	const inPlace = (place: string): readonly string[] =>
		parameters.flatMap((one) => (one.in === place ? [one.name] : []));
	const fields = Object.keys(requestBody?.content['application/json'].schema.properties ?? {});
	return fc
		.record({
			segments: fc.record(Object.fromEntries(inPlace('path').map((name) => [name, textFor(name, right)]))),
			query: some(inPlace('query'), (name) => textFor(name, right)),
			headers: fc.oneof(
				{ arbitrary: fc.constant({}), weight: 3 },
				some(inPlace('header'), () => headerText),
			),
			body: fc.oneof({ arbitrary: some(fields, (name) => valueFor(name, right)).map(jsonOf), weight: 5 }, rawBody),
		})
		.map(({ segments, query, headers, body }) => {
			const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encode(segments[name] ?? ''));
			const search = Object.entries(query).map(([name, value]) => `${encode(name)}=${encode(value)}`);
			return {
				path: search.length === 0 ? filled : `${filled}?${search.join('&')}`,
				method: method.toUpperCase(),
				headers: method === 'get' ? headers : { 'content-type': 'application/json', ...headers },
				...(method === 'get' ? {} : { body }),
			};
		});
}

/** Methods, paths and types that nobody offers. */
function strayRequest(paths: readonly string[]): fc.Arbitrary<HostileRequest> {
	return fc
		.record({
			method: fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD'),
			path: fc.oneof(
				fc.constantFrom(...paths),
				hostile.hostileText.map((text) => `${paths[0] ?? ''}/${encode(text)}`),
			),
			type: fc.constantFrom('application/json', 'text/plain', 'application/x-www-form-urlencoded', 'application/jsonx'),
			body: rawBody,
		})
		.map(({ method, path, type, body }) => ({
			...{ path, method, headers: { 'content-type': type } },
			...(method === 'GET' || method === 'HEAD' ? {} : { body }),
		}));
}

const headerText = hostile.hostileText.map((text) => text.replaceAll(/[^\t\x20-\x7e]/g, '').trim());

const rawBody = fc.oneof(
	hostile.hostileText,
	fc.json(),
	fc.constantFrom('', '{', '[]', 'null', '"x"', '{"a":1}{"b":2}', '{"__proto__":{"id":"mallory"}}', '['.repeat(9_000)),
	fc.uint8Array({ maxLength: 64 }).map((bytes) => bytes.slice()),
);

function textFor(name: string, right: RightValues): fc.Arbitrary<string> {
	return valueFor(name, right).map((value) => (typeof value === 'string' ? value : jsonOf(value)));
}

function valueFor(name: string, right: RightValues): fc.Arbitrary<unknown> {
	const wrong = fc.oneof(
		hostile.hostileText,
		hostile.id,
		hostile.name,
		hostile.cursor,
		hostile.number,
		hostile.payload,
	);
	const values = right[name] ?? [];
	return values.length === 0 ? wrong : fc.oneof({ arbitrary: fc.constantFrom(...values), weight: 4 }, wrong);
}

function some<Value>(
	names: readonly string[],
	valueOf: (name: string) => fc.Arbitrary<Value>,
): fc.Arbitrary<Readonly<Record<string, Value>>> {
	const fields = names.map((name) => fc.option(fc.tuple(fc.constant(name), valueOf(name)), { nil: undefined }));
	return fc
		.tuple(...fields)
		.map((said) => Object.fromEntries<Value>(said.flatMap((field) => (field === undefined ? [] : [field]))));
}

/** In a list, what has no JSON becomes null; what has none even there becomes bad JSON. */
function jsonOf(value: unknown): string {
	try {
		return JSON.stringify([value]).slice(1, -1);
	} catch {
		return '{';
	}
}

/** Lone surrogates have no encoding: they come as bytes that are no UTF-8. */
function encode(text: string): string {
	return text.isWellFormed() ? encodeURIComponent(text) : `${encodeURIComponent(text.toWellFormed())}%ed%a0%80`;
}

function resolved(document: unknown, value: unknown): unknown {
	if (Array.isArray(value)) return value.map((one) => resolved(document, one));
	if (typeof value !== 'object' || value === null) return value;
	if ('$ref' in value && typeof value.$ref === 'string') return resolved(document, at(document, value.$ref));
	return Object.fromEntries(
		Object.entries(value).map(([key, one]) => [key, key === 'responses' ? one : resolved(document, one)]),
	);
}

function at(document: unknown, pointer: string): unknown {
	let found: unknown = document;
	for (const key of pointer.replace(/^#\//, '').split('/')) found = Reflect.get(Object(found) as object, key);
	return found;
}
