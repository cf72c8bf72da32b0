/** An operator who sees a payload masked may change it, but neither overwrite nor find out what the masks hide. */
import { isDeepStrictEqual } from 'node:util';
import { InvalidArgumentError } from '@cb/core';
import type { JsonValue } from '@cb/core';
import { valueAt } from './json-patch.ts';
import type { PatchOperation } from './json-patch.ts';

/** What this operator sees of the payload, and what the payload is. */
export interface SeenPayload {
	readonly payload: JsonValue;
	readonly shown: JsonValue;
}

const plainOperations: readonly PatchOperation['op'][] = ['add', 'replace', 'remove'];

/**
 * Where the two differ, throws `InvalidArgumentError` for a whole payload (it would store the masks, or drop what was left out), for patch
 * operations that read hidden values (`copy`, `move`, `test`), and for those that write a part with hidden values in it.
 */
export function refuseBlindAmendment(seen: SeenPayload, patch: readonly PatchOperation[] | undefined): void {
	if (isDeepStrictEqual(seen.payload, seen.shown)) return;
	if (patch === undefined) {
		throw refused(
			'$.data',
			'the payload is masked for you; amend it with a patch, which leaves alone what it does not name',
		);
	}
	for (const [index, operation] of patch.entries()) {
		const path = `$.patch[${String(index)}]`;
		if (!plainOperations.includes(operation.op)) {
			throw refused(`${path}.op`, `the payload is masked for you; use ${plainOperations.join(', ')}`);
		}
		if ('value' in operation && isPartlyMasked(seen, operation.path)) {
			throw refused(`${path}.path`, 'parts of this are masked for you; name the fields that you mean');
		}
	}
}

/** An object or array of which the operator sees some values and not others. What is masked as a whole may be written as a whole. */
function isPartlyMasked({ payload, shown }: SeenPayload, path: string): boolean {
	const visible = valueAt(shown, path);
	return typeof visible === 'object' && !isDeepStrictEqual(visible, valueAt(payload, path));
}

function refused(path: string, message: string): InvalidArgumentError {
	return new InvalidArgumentError(`Nothing was changed: ${message}.`, [{ path, message }]);
}
