/**
 * Pages from SQL. A list statement takes `limit + 1`, an offset and the last key as text, and returns each row with its own key in
 * `cursor_key`: the row too many tells that another page follows.
 */
import { findJsonProblem, pageCursor, parsePageRequest } from '@cb/core';
import type { Page, PageRequest, ParsedPageRequest } from '@cb/core';
import { texts } from './rows/columns.ts';
import type { Row } from './rows/columns.ts';

/** What the parts of a list's key are; a forged cursor, or one of another list, is refused before it reaches a cast. */
const keyParts = {
	time: isTime,
	domain: fits(/^[a-z][a-z0-9_]{0,30}$/),
	id: fits(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
	position: fits(/^\d{1,9}$/),
	message: (part: string) => /^\d{1,19}$/.test(part) && BigInt(part) <= maxBigint,
	queue: fits(/^[a-z0-9_]{1,47}$/),
	text: (part: string) => findJsonProblem(part) === undefined,
} as const;

export type KeyPart = keyof typeof keyParts;

/** Throws `InvalidArgumentError` naming the field for a page that cannot be meant, or a cursor that is not of a list sorted by `parts`. */
export function parsePage(page: PageRequest, ...parts: readonly KeyPart[]): ParsedPageRequest {
	return parsePageRequest(
		page,
		(key) => key.length === parts.length && parts.every((part, index) => keyParts[part](String(key[index]))),
	);
}

/** The last parameters of every list statement: limit + 1, offset, and the parts of the cursor (null on the first page). */
export function pageParameters(page: ParsedPageRequest, keyParts: number): unknown[] {
	const after = page.after ?? [];
	return [page.limit + 1, page.offset, ...Array.from({ length: keyParts }, (_, index) => after[index] ?? null)];
}

export function pageOfRows<Item>(
	rows: readonly Row[],
	page: ParsedPageRequest,
	itemOf: (row: Row) => Item,
): Page<Item> {
	const shown = rows.slice(0, page.limit);
	const last = shown.at(-1);
	return {
		items: shown.map(itemOf),
		...(last !== undefined && rows.length > page.limit ? { nextCursor: pageCursor(texts(last, 'cursor_key')) } : {}),
	};
}

const maxBigint = 9_223_372_036_854_775_807n;

function fits(pattern: RegExp): (part: string) => boolean {
	return (part) => pattern.test(part);
}

/** A time as PostgreSQL shows it, in whatever zone the session has, and one that there is in the calendar. */
function isTime(part: string): boolean {
	const match = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.\d{1,6})?[+-](?:0\d|1[0-5])(?::[0-5]\d){0,2}$/.exec(part);
	if (match === null) return false;
	const [, date = '', time = ''] = match;
	const moment = new Date(`${date}T${time}Z`);
	return (
		!date.startsWith('0000') && !Number.isNaN(moment.getTime()) && moment.toISOString().startsWith(`${date}T${time}`)
	);
}
