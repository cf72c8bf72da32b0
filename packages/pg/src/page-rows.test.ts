import { isCommandBusError, pageCursor } from '@cb/core';
import { describe, expect, it } from 'vitest';
import { parsePage } from './page-rows.ts';
import type { KeyPart } from './page-rows.ts';

const parsed = (kind: KeyPart, part: string) => parsePage({ cursor: pageCursor([part]) }, kind).after;

describe('the cursor of a list', () => {
	it.each([
		['time', '2026-01-31 12:00:00+00'],
		['time', '2024-02-29 23:59:59.123456-11:30'],
		['time', '1889-12-31 12:00:00+00:53:28'],
		['message', '9223372036854775807'],
		['text', ''],
	] as const)('may hold the %s %s', (kind, part) => {
		expect(parsed(kind, part)).toEqual([part]);
	});

	it.each([
		['time', '9999999-99-99 99:99:99+99'],
		['time', '2026-02-30 12:00:00+00'],
		['time', '2026-13-01 12:00:00+00'],
		['time', '2026-01-31 25:00:00+00'],
		['time', '2026-01-31 24:00:00+00'],
		['time', '0000-01-01 00:00:00+00'],
		['time', '294277-01-01 00:00:00+00'],
		['time', '2026-01-31 12:00:00+16'],
		['time', 'infinity'],
		['message', '9223372036854775808'],
		['text', 'a\u0000'],
		['text', '\ud800'],
		['id', '0190b8d0-0000-7000-8000-000000000000\n'],
	] as const)('that holds the %s %j is refused before any cast', (kind, part) => {
		expect(() => parsed(kind, part)).toThrow(
			expect.toSatisfy((error) => isCommandBusError(error, 'invalid-argument')) as Error,
		);
	});
});
