/** Turns whatever was thrown into what may be stored and shown: text PostgreSQL accepts, of bounded size, no stack, no payload. */
import type { ErrorRecord, ErrorType } from '../model/error-record.ts';
import { findJsonProblem } from '../model/json.ts';
import type { JsonValue } from '../model/json.ts';

export const maxErrorMessageLength = 2_000;
const maxErrorCodeLength = 100;
/** More is dropped: details stand in row, audit and reply. */
export const maxErrorDetailsLength = 65_536;

export interface ErrorFacts<Type extends ErrorType> {
	readonly type: Type;
	readonly code: string;
	readonly message: string;
	readonly details?: unknown;
}

/** An error record that any adapter can store. Details without a JSON form, or too many, are dropped. */
export function describeError<Type extends ErrorType>({
	type,
	code,
	message,
	details,
}: ErrorFacts<Type>): ErrorRecord & { readonly type: Type } {
	return {
		type,
		code: storableText(code, maxErrorCodeLength) || 'ERROR',
		message: storableText(message, maxErrorMessageLength),
		details: storableDetails(details),
	};
}

/** The message of any thrown value, also of one that is no error or does not let itself be looked at. */
export function messageOf(thrown: unknown): string {
	try {
		if (thrown instanceof Error || isMessageBearer(thrown)) return thrown.message;
		return `Thrown value that is no error: ${isPrimitive(thrown) ? String(thrown) : typeof thrown}`;
	} catch {
		return 'Thrown value that cannot be described.';
	}
}

/** An object may hold a payload, which has no place in an error record. */
function isPrimitive(value: unknown): value is string | number | bigint | boolean | symbol | null | undefined {
	return value === null || (typeof value !== 'object' && typeof value !== 'function');
}

function isMessageBearer(thrown: unknown): thrown is { readonly message: string } {
	return typeof thrown === 'object' && thrown !== null && 'message' in thrown && typeof thrown.message === 'string';
}

/** Cut, without U+0000 and lone surrogates, which PostgreSQL refuses. The cut may split a pair, so it comes first. */
function storableText(text: string, maxLength: number): string {
	return text.slice(0, maxLength).replaceAll('\u0000', '\uFFFD').toWellFormed();
}

function storableDetails(details: unknown): JsonValue {
	if (details === undefined || !isJson(details)) return null;
	return JSON.stringify(details).length > maxErrorDetailsLength ? null : details;
}

function isJson(value: unknown): value is JsonValue {
	return findJsonProblem(value) === undefined;
}
