import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diffOf, patched } from '../src/index.ts';
import type { JsonValue } from '@cb/core';

/** Any JSON that PostgreSQL can keep, with the keys that are dangerous to walk along. */
const json: fc.Arbitrary<JsonValue> = fc.letrec<{ value: JsonValue }>((tie) => ({
	value: fc.oneof(
		{ maxDepth: 4, withCrossShrink: true },
		fc.constantFrom(null, true, false, 0, 1, 'a', 'b', ''),
		fc.array(tie('value'), { maxLength: 4 }),
		fc.dictionary(fc.constantFrom('a', 'b', '', '/', '~', 'a/b', '0', 'constructor', 'length'), tie('value'), {
			noNullPrototype: true,
		}),
	),
})).value;

describe('diffOf', () => {
	it('turns one value into the other, whatever they are', () => {
		fc.assert(
			fc.property(json, json, (before, after) => {
				expect(patched(before, diffOf(before, after))).toEqual(after);
			}),
		);
	});

	it('is empty for equal values', () => {
		fc.assert(
			fc.property(json, (value) => {
				expect(diffOf(value, structuredClone(value))).toEqual([]);
			}),
		);
	});

	it('tells what was inserted into a small array', () => {
		expect(diffOf([1, 2, 3], [1, 9, 2, 3])).toEqual([{ op: 'add', path: '/1', value: 9 }]);
	});

	it('replaces a large array as a whole instead of searching for long', () => {
		const before = Array.from({ length: 20_000 }, (_, index) => index);
		const after = before.map((value) => value + 1);

		expect(diffOf({ rows: before }, { rows: after })).toEqual([{ op: 'replace', path: '/rows', value: after }]);
	});
});

describe('patched', () => {
	it('leaves the value as it was', () => {
		const value = { a: [1] };

		expect(patched(value, [{ op: 'add', path: '/a/-', value: 2 }])).toEqual({ a: [1, 2] });
		expect(value).toEqual({ a: [1] });
	});

	it('never touches a prototype', () => {
		for (const path of ['/__proto__/polluted', '/constructor/prototype/polluted', '/constructor']) {
			expect(() => patched({}, [{ op: 'add', path, value: true }])).toThrow(/cannot go along/);
		}

		expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
	});

	it.each([
		[[{ op: 'remove', path: '/b' }]],
		[[{ op: 'replace', path: '/b/c', value: 1 }]],
		[[{ op: 'test', path: '/a', value: 2 }]],
		[[{ op: 'remove', path: '' }]],
	] as const)('refuses %j', (patch) => {
		expect(() => patched({ a: 1 }, patch)).toThrow(expect.objectContaining({ code: 'invalid-argument' }) as Error);
	});
});
