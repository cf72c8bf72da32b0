import { describe, expect, it } from 'vitest';
import { findJsonProblem, maxJsonDepth } from './json.ts';

function nested(depth: number): unknown {
	let value: unknown = 'bottom';
	for (let level = 0; level < depth; level++) value = [value];
	return value;
}

describe('a value that can be stored', () => {
	it.each([
		null,
		true,
		0,
		-1.5e300,
		'',
		'Zoë 😀 \n',
		[],
		{},
		[[null], { a: [1, { b: 'c' }] }],
		Object.assign(Object.create(null) as object, { a: 1 }),
		nested(maxJsonDepth),
		JSON.parse('{"__proto__": {"toJSON": 1}, "constructor": null, "toJSON": "text"}'),
	])('is %j', (value) => {
		expect(findJsonProblem(value)).toBeUndefined();
	});
});

describe('a value that would not come back as it went in', () => {
	const cycle: Record<string, unknown> = {};
	cycle['self'] = cycle;

	it.each([
		['undefined', { a: undefined }, '$.a'],
		['a function', { a: [() => 1] }, '$.a[0]'],
		['a symbol', Symbol('s'), '$'],
		['a bigint', [1, 2n], '$[1]'],
		['NaN', { price: Number.NaN }, '$.price'],
		['Infinity', [-Infinity], '$[0]'],
		['negative zero', -0, '$'],
		['a date', { lines: [{}, { at: new Date(0) }] }, '$.lines[1].at'],
		['a map', new Map(), '$'],
		['an instance of a class', { error: new RangeError('no') }, '$.error'],
		['U+0000', { text: 'a\u0000b' }, '$.text'],
		['U+0000 in a key', { 'a\u0000b': 1 }, '$'],
		['a lone surrogate', ['\ud83d'], '$[0]'],
		['a hole in an array', { list: new Array(1) }, '$.list[0]'],
		['an object with a prototype that has none', { a: Object.create(Object.create(null) as object) as object }, '$.a'],
		['a class that calls itself something else', Object.assign(new Map(), { constructor: 'Object' }), '$'],
		['a symbol as a key', { a: { [Symbol('s')]: 1 } }, '$.a'],
		['a list with a name of its own', { list: Object.assign([1], { total: 1 }) }, '$.list'],
		['a list with toJSON', [Object.defineProperty([1], 'toJSON', { value: () => 2 })], '$[0]'],
		['an object with a hidden toJSON', Object.defineProperty({ a: 1 }, 'toJSON', { value: () => 2 }), '$'],
	])('is %s, named with its path', (_, value, path) => {
		const problem = findJsonProblem(value);

		expect(problem?.path).toBe(path);
		expect(problem?.problem).toMatch(/\S/u);
	});

	it('is a cycle or a nesting without end', () => {
		expect(findJsonProblem(cycle)?.problem).toMatch('cycle');
		expect(findJsonProblem(nested(maxJsonDepth + 1))?.problem).toMatch(String(maxJsonDepth));
	});
});
