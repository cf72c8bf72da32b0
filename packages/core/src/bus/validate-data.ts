/**
 * Runs a Standard Schema and checks that what comes out can be stored. Stays synchronous when the schema is, because every command passes
 * here twice.
 */
import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { Issue } from '../errors.ts';
import { findJsonProblem } from '../model/json.ts';
import type { JsonValue } from '../model/json.ts';
import { pathText } from '../path-text.ts';

export type Validated<Value> =
	{ readonly kind: 'valid'; readonly value: Value } | { readonly kind: 'invalid'; readonly issues: readonly Issue[] };

/** The schema's output for `value`, or what is wrong with it. A promise only if the schema returns one. */
export function validateData<Output>(
	schema: StandardSchemaV1<unknown, Output>,
	value: unknown,
): Validated<Output> | Promise<Validated<Output>> {
	const result = schema['~standard'].validate(value);
	return result instanceof Promise ? result.then(toValidated) : toValidated(result);
}

/** As `validateData`, and the output must survive JSON and PostgreSQL unchanged. */
export function validateStorable(
	schema: StandardSchemaV1,
	value: unknown,
): Validated<JsonValue> | Promise<Validated<JsonValue>> {
	const validated = validateData(schema, value);
	return validated instanceof Promise ? validated.then(toStorable) : toStorable(validated);
}

/** Whether a value without a schema can be stored. */
export function checkStorable(value: unknown): Validated<JsonValue> {
	if (hasJsonForm(value)) return { kind: 'valid', value };
	const found = findJsonProblem(value);
	return { kind: 'invalid', issues: found ? [{ path: found.path, message: found.problem }] : [] };
}

function toValidated<Output>(result: StandardSchemaV1.Result<Output>): Validated<Output> {
	if (result.issues === undefined) return { kind: 'valid', value: result.value };
	return {
		kind: 'invalid',
		issues: result.issues.map(({ path, message }) => ({ path: pathText(path), message })),
	};
}

function toStorable(validated: Validated<unknown>): Validated<JsonValue> {
	return validated.kind === 'valid' ? checkStorable(validated.value) : validated;
}

function hasJsonForm(value: unknown): value is JsonValue {
	return findJsonProblem(value) === undefined;
}
