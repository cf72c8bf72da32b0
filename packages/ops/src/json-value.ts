/** JSON as a field of a request: anything that survives JSON and PostgreSQL unchanged. */
import { findJsonProblem } from '@cb/core';
import type { JsonValue } from '@cb/core';
import { z } from 'zod';

export const JsonValueSchema = z
	.custom<JsonValue>((value) => value !== undefined, 'a JSON value is required')
	.superRefine((value, context) => {
		const found = findJsonProblem(value);
		if (found !== undefined) context.addIssue({ code: 'custom', message: `${found.path}: ${found.problem}` });
	});

export function isJsonObject(value: JsonValue | undefined): value is { readonly [key: string]: JsonValue } {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}
