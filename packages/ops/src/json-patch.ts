/**
 * Differences between payloads as JSON Patch (RFC 6902), made and applied by the library `rfc6902`. Its search for the shortest
 * difference of two arrays costs the product of their lengths in time and memory, so it gets a budget; what lies beyond it is replaced
 * as a whole, which is correct and only less telling.
 */
import { InvalidArgumentError, findJsonProblem, parseArgument } from '@cb/core';
import type { JsonValue } from '@cb/core';
import { applyPatch, createPatch } from 'rfc6902';
import type { Operation } from 'rfc6902';
import { z } from 'zod';
import { JsonValueSchema } from './json-value.ts';

/** The library does not follow these keys, so a step along them would change another place. */
const keysNotFollowed: readonly string[] = ['__proto__', 'constructor', 'prototype'];

/** A path as RFC 6901 writes it: empty for the whole value, else `/key/0/other`. */
const PointerSchema = z
	.string()
	.max(4_000)
	.regex(/^(\/([^~/]|~[01])*)*$/u, 'a JSON Pointer is empty or begins with "/"')
	.refine((pointer) => isFollowed(pointer), `a path cannot go along ${keysNotFollowed.join(', ')}`);

const PatchOperationSchema = z.discriminatedUnion('op', [
	z.strictObject({ op: z.literal('add'), path: PointerSchema, value: JsonValueSchema }),
	z.strictObject({ op: z.literal('remove'), path: PointerSchema }),
	z.strictObject({ op: z.literal('replace'), path: PointerSchema, value: JsonValueSchema }),
	z.strictObject({ op: z.literal('move'), from: PointerSchema, path: PointerSchema }),
	z.strictObject({ op: z.literal('copy'), from: PointerSchema, path: PointerSchema }),
	z.strictObject({ op: z.literal('test'), path: PointerSchema, value: JsonValueSchema }),
]);

const PatchSchema = z.array(PatchOperationSchema);
export const JsonPatchSchema = PatchSchema.min(1).max(1_000);

/** One step of a JSON Patch. */
export type PatchOperation = z.output<typeof PatchOperationSchema>;

/** Keys and pairs of array elements that one diff looks at, at most: some tens of milliseconds of work. */
const workBudget = 50_000;

/** Comparing a pair of array elements costs about as much as so many keys. */
const pairWork = 10;

/** What turns `before` into `after`, in a time that their sizes bound. A difference that has no safe path replaces everything. */
export function diffOf(before: JsonValue, after: JsonValue): readonly PatchOperation[] {
	let workLeft = workBudget;
	const operations = createPatch(before, after, (input: unknown, output: unknown, pointer) => {
		workLeft -= workOf(input, output);
		return workLeft < 0 ? [{ op: 'replace', path: pointer.toString(), value: output }] : undefined;
	});
	const diff = PatchSchema.safeParse(operations);
	return diff.success ? diff.data : [{ op: 'replace', path: '', value: after }];
}

function workOf(input: unknown, output: unknown): number {
	if (Array.isArray(input) && Array.isArray(output)) return input.length * output.length * pairWork;
	return keyCount(input) + keyCount(output);
}

function keyCount(value: unknown): number {
	return typeof value === 'object' && value !== null ? Object.keys(value).length : 1;
}

/** `value` with the patch applied; `value` itself stays as it is. Throws `InvalidArgumentError` naming the step that does not fit. */
export function patched(value: JsonValue, patch: readonly PatchOperation[]): JsonValue {
	const holder: { value: JsonValue } = { value: structuredClone(value) };
	for (const [index, operation] of parseArgument(PatchSchema, patch, 'The patch').entries()) {
		const [problem] = applyPatch(holder, [inHolder(operation)]);
		if (problem != null) throw refusedStep(index, operation, problem);
	}
	const found = findJsonProblem(holder.value);
	if (found !== undefined) throw new InvalidArgumentError(`The patch makes ${found.path} invalid: ${found.problem}.`);
	return holder.value;
}

/** What lies at a pointer, or `undefined`. */
export function valueAt(value: JsonValue, pointer: string): JsonValue | undefined {
	let found: JsonValue | undefined = value;
	for (const token of tokensOf(pointer)) {
		if (typeof found !== 'object' || found === null || !Object.hasOwn(found, token)) return undefined;
		found = Object.entries(found).find(([key]) => key === token)?.[1];
	}
	return found;
}

function tokensOf(pointer: string): readonly string[] {
	return pointer
		.split('/')
		.slice(1)
		.map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function isFollowed(pointer: string): boolean {
	return tokensOf(pointer).every((token) => !keysNotFollowed.includes(token));
}

/** The library changes in place and cannot replace the root, so the value hangs on a holder. */
function inHolder(operation: PatchOperation): Operation {
	const path = `/value${operation.path}`;
	return 'from' in operation ? { ...operation, from: `/value${operation.from}`, path } : { ...operation, path };
}

function refusedStep(index: number, operation: PatchOperation, problem: Error): InvalidArgumentError {
	const path = `patch[${String(index)}]`;
	const message = `${operation.op} "${operation.path}" does not fit the payload (${problem.name})`;
	return new InvalidArgumentError(`The patch cannot be applied: ${message}.`, [{ path, message }], { cause: problem });
}
