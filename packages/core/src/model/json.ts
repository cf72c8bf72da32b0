/**
 * What a payload, a result or the details of an error may contain: values that survive JSON and PostgreSQL's `jsonb`
 * unchanged. Nothing is converted in silence: what would be lost is refused, with the path to it.
 */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

export type JsonObject = { readonly [key: string]: JsonValue };

/** Why a value cannot be stored, and where it stands (`$.lines[2].price`). */
export interface JsonProblem {
	readonly path: string;
	readonly problem: string;
}

/** Deeper nesting than this is refused: PostgreSQL's JSON parser and our own walk both recurse. */
export const maxJsonDepth = 200;

/**
 * Returns the first place where `value` would not come back from the database as it went in, or `undefined` when it is safe.
 * PostgreSQL's `jsonb` refuses U+0000 and lone surrogates; JSON has no `undefined`, bigint, NaN, Infinity, dates, maps or cycles.
 */
export function findJsonProblem(value: unknown): JsonProblem | undefined {
	return problemAt(value, '$', 0);
}

function problemAt(value: unknown, path: string, depth: number): JsonProblem | undefined {
	if (value === null || typeof value === 'boolean') return undefined;
	if (typeof value === 'string') return problemOfText(value, path);
	if (typeof value === 'number') return problemOfNumber(value, path);
	if (typeof value !== 'object') return { path, problem: `a ${typeof value} has no JSON form` };
	if (depth >= maxJsonDepth) return { path, problem: `nested deeper than ${maxJsonDepth} levels, or a cycle` };
	return Array.isArray(value) ? problemInArray(value, path, depth) : problemInObject(value, path, depth);
}

function problemOfText(text: string, path: string): JsonProblem | undefined {
	if (text.includes('\u0000')) return { path, problem: 'contains U+0000, which PostgreSQL cannot store' };
	if (!text.isWellFormed()) return { path, problem: 'contains a lone surrogate, which PostgreSQL cannot store' };
	return undefined;
}

function problemOfNumber(number: number, path: string): JsonProblem | undefined {
	if (!Number.isFinite(number)) return { path, problem: `${number} has no JSON form` };
	if (Object.is(number, -0)) return { path, problem: '-0 would come back as 0' };
	return undefined;
}

function problemInArray(values: readonly unknown[], path: string, depth: number): JsonProblem | undefined {
	for (let index = 0; index < values.length; index++) {
		const problem = problemAt(values[index], `${path}[${index}]`, depth + 1);
		if (problem !== undefined) return problem;
	}
	return undefined;
}

function problemInObject(object: object, path: string, depth: number): JsonProblem | undefined {
	const prototype: unknown = Object.getPrototypeOf(object);
	if (prototype !== Object.prototype && prototype !== null) {
		return { path, problem: `${object.constructor.name} is not a plain object; convert it to JSON values first` };
	}
	for (const [key, value] of Object.entries(object)) {
		const problem = problemOfText(key, path) ?? problemAt(value, `${path}.${key}`, depth + 1);
		if (problem !== undefined) return problem;
	}
	return undefined;
}
