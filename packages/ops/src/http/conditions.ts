/** The standard headers that say under which condition an act happens: they mean the same as the fields of the body. */
import { InvalidArgumentError } from '@cb/core';

/** `If-Match: "7"` is `expectedVersion: 7`, `Idempotency-Key: x` is `requestId: "x"`. Throws `InvalidArgumentError` when header and body disagree. */
export function withConditions(body: unknown, headers: Headers): unknown {
	if (typeof body !== 'object' || body === null || Array.isArray(body)) return body;
	const said: Readonly<Record<string, unknown>> = { ...body };
	const fromHeaders = { expectedVersion: versionOf(headers.get('if-match')), requestId: requestIdOf(headers) };
	for (const [field, value] of Object.entries(fromHeaders)) {
		if (value === undefined || said[field] === undefined || said[field] === value) continue;
		throw invalid(field, 'differs between header and body');
	}
	return { ...said, ...definedOnly(fromHeaders) };
}

function versionOf(header: string | null): number | undefined {
	if (header === null || header.trim() === '*') return undefined;
	const version = /^\s*(?:W\/)?"?(\d{1,15})"?\s*$/.exec(header)?.[1];
	if (version === undefined) throw invalid('expectedVersion', 'If-Match holds one version, "7" for instance');
	return Number(version);
}

/** The header's draft standard has it in quotes; most clients send it bare. */
function requestIdOf(headers: Headers): string | undefined {
	const header = headers.get('idempotency-key');
	return header === null ? undefined : header.trim().replace(/^"(.*)"$/u, '$1');
}

function definedOnly(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
	return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function invalid(field: string, message: string): InvalidArgumentError {
	return new InvalidArgumentError(`The request's conditions are not valid: ${field}: ${message}.`, [
		{ path: `$.${field}`, message },
	]);
}
