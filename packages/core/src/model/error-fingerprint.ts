/**
 * Failures that differ only in ids, numbers and quoted values are one problem to an operator. The fingerprint is the same for
 * all of them: a hash of the error's type, code and message with those parts taken out.
 */
import type { ErrorRecord } from './error-record.ts';

/** 16 hexadecimal digits, stable across processes and releases; stored with a parked command and used as a filter. */
export function errorFingerprint(error: Pick<ErrorRecord, 'type' | 'code' | 'message'>): string {
	return hash64(`${error.type}\n${error.code}\n${normaliseMessage(error.message)}`);
}

/** The message with UUIDs, quoted values, hexadecimal ids and numbers replaced by `?`. */
export function normaliseMessage(message: string): string {
	return message
		.replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/giu, '?')
		.replaceAll(/"[^"]*"|'[^']*'|`[^`]*`/gu, '?')
		.replaceAll(/\b(?=[0-9a-f]*\d)[0-9a-f]{8,}\b/giu, '?')
		.replaceAll(/[-+]?\d+(?:[.,:]\d+)*/gu, '?')
		.replaceAll(/\s+/gu, ' ')
		.trim();
}

/** FNV-1a with 64 bits: short, dependency-free and the same everywhere. Not for secrets. */
function hash64(text: string): string {
	let hash = 0xcbf29ce484222325n;
	for (const byte of new TextEncoder().encode(text)) {
		hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
	}
	return hash.toString(16).padStart(16, '0');
}
