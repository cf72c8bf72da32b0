/** What holds of every list that comes in pages. */
import { expect } from 'vitest';
import { isCommandBusError } from '../errors.ts';
import type { Page, PageRequest } from '../model/page.ts';
import { failureOf, first } from './scenario.ts';

/** Reads on until there is no next page. */
export async function everyPage<Item>(
	read: (cursor: string | undefined) => Promise<Page<Item>>,
): Promise<readonly Item[]> {
	const items: Item[] = [];
	let cursor: string | undefined;
	do {
		const page = await read(cursor);
		items.push(...page.items);
		cursor = page.nextCursor;
	} while (cursor !== undefined);
	return items;
}

/** The rules of a list that has `count` (2 or more) items now. */
export async function expectPageRules<Item>(
	read: (page: PageRequest) => Promise<Page<Item>>,
	count: number,
): Promise<void> {
	const { items, nextCursor } = await read({ limit: count });
	expect(items).toHaveLength(count);
	expect(nextCursor, 'a full last page has no cursor').toBeUndefined();

	const { nextCursor: cursor } = await read({ limit: count - 1 });
	expect(cursor).toEqual(expect.any(String));
	expect((await read({ limit: count, cursor })).items).toEqual(items.slice(count - 1));
	expect(first((await read({ offset: count - 1 })).items)).toEqual(items[count - 1]);

	const refused: readonly (readonly [field: string, page: PageRequest])[] = [
		['limit', { limit: 0 }],
		['limit', { limit: 1_001 }],
		['limit', { limit: 1.5 }],
		['offset', { offset: -1 }],
		['cursor', { cursor: 'never given out' }],
		['offset', { cursor, offset: 0 }],
	];
	for (const [field, page] of refused) {
		const error = await failureOf(read(page));
		expect(isCommandBusError(error, 'invalid-argument'), JSON.stringify(page)).toBe(true);
		expect(error).toHaveProperty('message', expect.stringContaining(field));
	}
}
