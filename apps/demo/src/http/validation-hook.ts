/** Every route answers invalid input in the same way. */
import type { Hook } from '@hono/zod-openapi';
import type { Env } from 'hono';
import { invalidInput } from './problem.ts';

const places: Readonly<Record<string, string>> = { json: 'body', query: 'query', param: 'path' };

export const validationHook: Hook<unknown, Env, string, Response | undefined> = (result) => {
	if (result.success) return undefined;
	return invalidInput(result.error.issues, places[result.target] ?? result.target);
};
