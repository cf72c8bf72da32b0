/** A payload that was shown masked must not come back with the masks as values. */
import { isDeepStrictEqual } from 'node:util';
import { InvalidArgumentError } from '@cb/core';
import type { JsonValue } from '@cb/core';
import { diffOf, tokensOf, valueAt } from './json-patch.ts';

/**
 * Throws `InvalidArgumentError` with the paths where `amended` holds what stood in for a value that its author could not see. Such an
 * author changes the payload with a JSON Patch instead, which leaves alone what it does not name.
 */
export function refuseMaskedValues(payload: JsonValue, shown: JsonValue, amended: JsonValue): void {
	const issues = diffOf(payload, shown)
		.filter((operation) => 'value' in operation && isDeepStrictEqual(valueAt(amended, operation.path), operation.value))
		.map(({ path }) => ({ path: ['$', ...tokensOf(path)].join('.'), message: 'is a masked value, not a real one' }));
	if (issues.length === 0) return;
	const places = issues.map(({ path }) => path).join(', ');
	throw new InvalidArgumentError(
		`The amended payload has masked values at ${places}; nothing was changed. Amend with a JSON Patch instead.`,
		issues,
	);
}
