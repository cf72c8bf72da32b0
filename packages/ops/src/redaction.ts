/** Masking what not everybody may see. The store keeps everything; what is masked is the look. */
import { ConfigurationError } from '@cb/core';
import type { CommandAddress, JsonValue, Operator } from '@cb/core';

/** What stands where something was taken out. */
export const redactedMark = '[redacted]';

/** Of which command, for whom, and which of its values. */
export interface RedactionContext {
	readonly item: CommandAddress & { readonly commandType: string };
	/** Absent when a call says no operator: mask then. */
	readonly operator: Operator | undefined;
	readonly part: 'payload' | 'result' | 'error-details';
}

/** Returns what may be shown of `value`, without changing it. What it throws ends the call: nothing is shown then. */
export type Redact = (value: JsonValue, context: RedactionContext) => JsonValue | Promise<JsonValue>;

export interface RedactFieldsOptions {
	/** Operators who see everything. @default nobody */
	readonly revealTo?: ((operator: Operator) => boolean | Promise<boolean>) | undefined;
}

/**
 * A `redact` hook that masks fields by path: `card.number`, `lines.*.iban` (any key or index), `**.password` (at any depth), `**`
 * (everything). Write a path as an array when a key has a dot in it. Throws `ConfigurationError` for a blank path.
 */
export function redactFields(
	paths: readonly (string | readonly string[])[],
	options: RedactFieldsOptions = {},
): Redact {
	const patterns = paths.map((path) => (typeof path === 'string' ? path.split('.') : path));
	if (patterns.some((pattern) => pattern.length === 0 || pattern.includes(''))) {
		throw new ConfigurationError('redactFields: a path is one or more non-empty segments, "card.number" for instance.');
	}
	return async (value, { operator }) => {
		const isRevealed = operator !== undefined && (await options.revealTo?.(operator)) === true;
		return isRevealed ? value : masked(value, patterns);
	};
}

type Pattern = readonly string[];

function masked(value: JsonValue, patterns: readonly Pattern[]): JsonValue {
	const here = patterns.flatMap(withoutDepth);
	if (here.some((pattern) => pattern.length === 0)) return redactedMark;
	if (typeof value !== 'object' || value === null) return value;
	if (isJsonArray(value)) return value.map((element, index) => masked(element, below(here, String(index))));
	return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, masked(field, below(here, key))]));
}

/** `Array.isArray` would make elements of a readonly array `any`. */
function isJsonArray(value: JsonValue): value is readonly JsonValue[] {
	return Array.isArray(value);
}

/** `**` stands for no segment, or for one and itself again. */
function withoutDepth(pattern: Pattern): readonly Pattern[] {
	return pattern[0] === '**' ? [pattern, ...withoutDepth(pattern.slice(1))] : [pattern];
}

/** What is left of the patterns one key further down. */
function below(patterns: readonly Pattern[], key: string): readonly Pattern[] {
	return patterns.flatMap((pattern) => {
		const [segment, ...rest] = pattern;
		if (segment === '**') return [pattern];
		return segment === '*' || segment === key ? [rest] : [];
	});
}
