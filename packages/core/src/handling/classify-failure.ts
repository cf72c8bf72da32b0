/** What a thrown value means for its command: the verdict, and what is stored about it. Pure. */
import { isCommandBusError, isVerdict } from '../errors.ts';
import type { StoreError } from '../errors.ts';
import type { ErrorRecord } from '../model/error-record.ts';
import { describeError, messageOf } from './describe-error.ts';

/** An error record whose type is a verdict on an attempt. */
export interface Failure extends ErrorRecord {
	readonly type: 'TRANSIENT' | 'PERMANENT' | 'BUSINESS_RULE';
}

/**
 * The record's `type` is the verdict. Verdict errors say it themselves; failures of the store, also in a handler, are transient with the
 * store's reason as the code; anything else is transient with a code derived from its class.
 */
export function classifyFailure(thrown: unknown, explainError: (error: unknown) => StoreError | undefined): Failure {
	if (isVerdict(thrown)) {
		const { verdict, code, message, details } = thrown;
		return describeError({ type: verdict, code, message, details });
	}
	const ofStore = isCommandBusError(thrown, 'store') ? thrown : explainError(thrown);
	if (ofStore !== undefined) {
		return describeError({ type: 'TRANSIENT', code: codeOfReason(ofStore), message: ofStore.message });
	}
	return describeError({ type: 'TRANSIENT', code: codeOfClass(thrown), message: messageOf(thrown) });
}

/** `TypeError` → `TYPE_ERROR`, `HTTPError` → `HTTP_ERROR`, `reply-queue-not-found` → `REPLY_QUEUE_NOT_FOUND`. */
export function upperSnakeCase(name: string): string {
	return name
		.replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
		.replaceAll(/([A-Z])([A-Z][a-z])/g, '$1_$2')
		.replaceAll(/[^A-Za-z0-9]+/g, '_')
		.replaceAll(/^_+|_+$/g, '')
		.toUpperCase();
}

function codeOfReason({ reason }: StoreError): string {
	return reason === 'unknown' ? 'STORE_ERROR' : upperSnakeCase(reason);
}

function codeOfClass(thrown: unknown): string {
	try {
		if (isCommandBusError(thrown)) return upperSnakeCase(thrown.code);
		return upperSnakeCase(classNameOf(thrown)) || 'ERROR';
	} catch {
		return 'ERROR';
	}
}

/** `name` where the author set it, the class otherwise; a value that is no error has neither. */
function classNameOf(thrown: unknown): string {
	if (!(thrown instanceof Error)) return 'NonErrorThrown';
	return thrown.name === 'Error' || thrown.name === '' ? thrown.constructor.name : thrown.name;
}
