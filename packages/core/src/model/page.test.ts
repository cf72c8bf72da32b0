import { describe, expect, it } from 'vitest';
import { pageCursor, parsePageRequest } from './page.ts';
import type { CursorKey } from './page.ts';

describe('a page request', () => {
	it('asks for the first 100 unless it says otherwise', () => {
		expect(parsePageRequest({})).toEqual({ limit: 100, offset: 0, after: undefined });
	});

	it('goes on after the item its cursor names', () => {
		const cursor = pageCursor([1_767_225_600_000, 'payments', 'Zoë']);

		expect(parsePageRequest({ limit: 7, cursor }).after).toEqual([1_767_225_600_000, 'payments', 'Zoë']);
	});

	it.each([
		['limit', { limit: 0 }],
		['limit', { limit: 1_001 }],
		['limit', { limit: Number.NaN }],
		['offset', { offset: -1 }],
		['offset', { offset: 0.5 }],
		['offset', { offset: 0, cursor: pageCursor([1]) }],
		['cursor', { cursor: '' }],
		['cursor', { cursor: 'no cursor' }],
		['cursor', { cursor: pageCursor([]) }],
		['cursor', { cursor: Buffer.from('{"a":1}').toString('base64url') }],
	])('is refused for its %s: %j', (path, page) => {
		expect(() => parsePageRequest(page)).toThrow(
			expect.objectContaining({ code: 'invalid-argument', issues: [expect.objectContaining({ path })] }),
		);
	});

	it('is refused with the cursor of another list', () => {
		const cursor = pageCursor([17]);
		const hasThreeParts = (key: CursorKey): boolean => key.length === 3;

		expect(() => parsePageRequest({ cursor }, hasThreeParts)).toThrow('cursor');
		expect(parsePageRequest({ cursor }, (key) => key.length === 1).after).toEqual([17]);
	});
});
