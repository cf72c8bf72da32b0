/** JSON from the command line, a file or standard input, refused where it would not be stored as it was written. */
import { readFile } from 'node:fs/promises';
import { text as textOf } from 'node:stream/consumers';
import type { JsonValue } from '@cb/core';
import { payloadError, usageError } from '../cli-error.ts';
import type { Context } from '../context.ts';

/** What a flag that takes JSON says about itself. */
export const jsonForms = 'JSON, @file, or - for standard input';

/** `source` is JSON itself, `@path`, or `-`. */
export async function readJson(context: Context, flag: string, source: string): Promise<JsonValue> {
	const text = await readSource(context, flag, source);
	const value = parse(text, flag);
	const place = findInexactNumber(value, '$');
	if (place === undefined) return value;
	throw payloadError(
		`${flag}: the number at ${place} is too large to be kept exactly; nothing was stored.`,
		'Write it as a string.',
	);
}

async function readSource({ stdin }: Context, flag: string, source: string): Promise<string> {
	if (source === '-') return textOf(stdin);
	if (!source.startsWith('@')) return source;
	const file = source.slice(1);
	try {
		return await readFile(file, 'utf8');
	} catch (error) {
		const reason = error instanceof Error ? error.message : String(error);
		throw usageError(
			`${flag}: the file "${file}" cannot be read (${reason}).`,
			'Check the path; it begins at the working directory.',
		);
	}
}

function parse(text: string, flag: string): JsonValue {
	try {
		const value: unknown = JSON.parse(text);
		if (isJson(value)) return value;
		throw new TypeError('it is empty');
	} catch (error) {
		const reason = error instanceof Error ? error.message : String(error);
		throw payloadError(
			`${flag} is not JSON: ${reason}.`,
			`Give ${jsonForms}; in a shell, put single quotes around it: ${flag} '{"amount": 5}'`,
		);
	}
}

/** Whatever comes out of `JSON.parse` is. */
function isJson(value: unknown): value is JsonValue {
	return value !== undefined;
}

/** Where JavaScript's numbers lose digits: `12345678901234567890` would become another number. */
function findInexactNumber(value: JsonValue, path: string): string | undefined {
	if (typeof value === 'number') return Number.isInteger(value) && !Number.isSafeInteger(value) ? path : undefined;
	if (typeof value !== 'object' || value === null) return undefined;
	for (const [key, child] of Object.entries(value)) {
		const found = findInexactNumber(child, Array.isArray(value) ? `${path}[${key}]` : `${path}.${key}`);
		if (found !== undefined) return found;
	}
	return undefined;
}
