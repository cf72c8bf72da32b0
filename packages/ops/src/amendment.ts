/** An operator who sees a payload masked may change it, but neither overwrite nor find out what the masks hide. */
import { isDeepStrictEqual } from 'node:util';
import { InvalidArgumentError } from '@cb/core';
import type { JsonValue } from '@cb/core';
import type { PatchOperation } from './json-patch.ts';

/** What this operator sees of the payload, and what the payload is. */
export interface SeenPayload {
	readonly payload: JsonValue;
	readonly shown: JsonValue;
}

const plainOperations: readonly PatchOperation['op'][] = ['add', 'replace', 'remove'];

/**
 * Where the two differ, throws `InvalidArgumentError` for a whole payload (it would store the masks, or drop what was left out) and for
 * patch operations that read hidden values (`copy`, `move`, `test`).
 */
export function refuseBlindAmendment(
	{ payload, shown }: SeenPayload,
	patch: readonly PatchOperation[] | undefined,
): void {
	if (isDeepStrictEqual(payload, shown)) return;
	if (patch === undefined) {
		throw refused(
			'$.data',
			'the payload is masked for you; amend it with a patch, which leaves alone what it does not name',
		);
	}
	const index = patch.findIndex(({ op }) => !plainOperations.includes(op));
	if (index >= 0) {
		throw refused(`$.patch[${String(index)}].op`, `the payload is masked for you; use ${plainOperations.join(', ')}`);
	}
}

function refused(path: string, message: string): InvalidArgumentError {
	return new InvalidArgumentError(`Nothing was changed: ${message}.`, [{ path, message }]);
}
