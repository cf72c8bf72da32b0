/** An endpoint as data: routing, parsing and the OpenAPI description all come from it. */
import { parseArgument } from '@cb/core';
import type { Operator } from '@cb/core';
import type { z } from 'zod';
import type { TroubleshootingQueue } from '../troubleshooting-queue.ts';

/** A request with its parts still as they came. */
interface RawRequest {
	readonly path: Readonly<Record<string, string>>;
	readonly query: Readonly<Record<string, unknown>>;
	readonly body: unknown;
	readonly operator: Operator;
	readonly queue: TroubleshootingQueue;
}

export interface Answer {
	readonly status?: 200 | 201;
	readonly body: unknown;
	/** The version of what is shown, for `If-Match`. */
	readonly version?: number | undefined;
}

interface EndpointFacts {
	readonly method: 'GET' | 'POST';
	/** Below the base path, parameters as `:name`. */
	readonly route: string;
	readonly name: string;
	readonly summary: string;
	/** Whether `If-Match` and `Idempotency-Key` mean something. */
	readonly isConditional?: boolean;
	readonly answers: { readonly status: 200 | 201; readonly schema: z.ZodType };
}

interface TypedEndpoint<Path, Query, Body> extends EndpointFacts {
	readonly path: z.ZodType<Path>;
	readonly query: z.ZodType<Query>;
	readonly body: z.ZodType<Body>;
	readonly run: (request: TypedRequest<Path, Query, Body>) => Promise<Answer>;
}

interface TypedRequest<Path, Query, Body> {
	readonly path: Path;
	readonly query: Query;
	readonly body: Body;
	readonly operator: Operator;
	readonly queue: TroubleshootingQueue;
}

export interface Endpoint extends EndpointFacts {
	readonly schemas: { readonly path: z.ZodType; readonly query: z.ZodType; readonly body: z.ZodType };
	/** Throws `InvalidArgumentError` for what does not match the schemas, and whatever the queue throws. */
	handle(request: RawRequest): Promise<Answer>;
}

export function defineEndpoint<Path, Query, Body>(endpoint: TypedEndpoint<Path, Query, Body>): Endpoint {
	const { path, query, body, run, ...facts } = endpoint;
	return {
		...facts,
		schemas: { path, query, body },
		handle: async (request) =>
			run({
				path: parseArgument(path, request.path, 'The path'),
				query: parseArgument(query, request.query, 'The query'),
				body: parseArgument(body, request.body, 'The body'),
				operator: request.operator,
				queue: request.queue,
			}),
	};
}
