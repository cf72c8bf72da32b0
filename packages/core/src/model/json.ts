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
	const found = problemIn(value, 0);
	return found && { path: `$${found.path}`, problem: found.problem };
}

/** Paths are put together on the way back, so that a value without a problem costs none. */
function problemIn(value: unknown, depth: number): JsonProblem | undefined {
	if (value === null || typeof value === 'boolean') return undefined;
	if (typeof value === 'string') return problemOfText(value);
	if (typeof value === 'number') return problemOfNumber(value);
	if (typeof value !== 'object') return here(`a ${typeof value} has no JSON form`);
	if (depth >= maxJsonDepth) return here(`nested deeper than ${maxJsonDepth} levels, or a cycle`);
	return Array.isArray(value) ? problemInArray(value, depth) : problemInObject(value, depth);
}

function problemOfText(text: string): JsonProblem | undefined {
	if (text.includes('\u0000')) return here('contains U+0000, which PostgreSQL cannot store');
	if (!text.isWellFormed()) return here('contains a lone surrogate, which PostgreSQL cannot store');
	return undefined;
}

function problemOfNumber(number: number): JsonProblem | undefined {
	if (!Number.isFinite(number)) return here(`${number} has no JSON form`);
	if (Object.is(number, -0)) return here('-0 would come back as 0');
	return undefined;
}

function problemInArray(values: readonly unknown[], depth: number): JsonProblem | undefined {
	if (hasToJson(values)) return here(toJsonProblem);
	for (let index = 0; index < values.length; index++) {
		const found = problemIn(values[index], depth + 1);
		if (found !== undefined) return below(`[${index}]`, found);
	}
	if (Object.keys(values).length > values.length) return here('is a list with other keys than its places');
	return undefined;
}

function problemInObject(object: object, depth: number): JsonProblem | undefined {
	const prototype: unknown = Object.getPrototypeOf(object);
	if (prototype !== Object.prototype && prototype !== null) {
		return here(`${className(object)} is not a plain object; convert it to JSON values first`);
	}
	if (hasToJson(object)) return here(toJsonProblem);
	for (const key of Reflect.ownKeys(object)) {
		if (typeof key === 'symbol') return here('has a symbol as a key');
		const wrongKey = problemOfText(key);
		if (wrongKey !== undefined) return wrongKey;
		const found = problemIn(Reflect.get(object, key), depth + 1);
		if (found !== undefined) return below(`.${key}`, found);
	}
	return undefined;
}

function className(object: object): string {
	const constructor: unknown = Reflect.get(object, 'constructor');
	return typeof constructor === 'function' && constructor !== Object ? constructor.name : 'an object with a prototype';
}

const toJsonProblem = 'has a method toJSON, so something else would be stored';

function hasToJson(value: object): boolean {
	return 'toJSON' in value && typeof value.toJSON === 'function';
}

function here(problem: string): JsonProblem {
	return { path: '', problem };
}

function below(step: string, { path, problem }: JsonProblem): JsonProblem {
	return { path: step + path, problem };
}
