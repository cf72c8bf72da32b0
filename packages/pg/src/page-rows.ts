/**
 * Pages from SQL. A list statement takes `limit + 1`, an offset and the last key as text, and returns each row with its own key in
 * `cursor_key`: the row too many tells that another page follows.
 */
import { pageCursor } from '@cb/core';
import type { Page, ParsedPageRequest } from '@cb/core';
import { texts } from './rows/columns.ts';
import type { Row } from './rows/columns.ts';

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
