/** Pages of a sorted list. A cursor names the last item shown, so rows that come and go do not shift what follows. */
import { InvalidArgumentError } from '../errors.ts';
import { defaultPageLimit, maxPageLimit } from '../model/page.ts';
import type { Page, PageRequest } from '../model/page.ts';

/** What a list is sorted by, most significant first; unique per item. */
export type SortKey = readonly (string | number)[];

export interface Order<Item> {
	readonly keyOf: (item: Item) => SortKey;
	readonly direction: 'newest-first' | 'oldest-first';
}

/** Sorts the items and cuts out the page asked for. */
export function pageOf<Item>(items: Iterable<Item>, order: Order<Item>, request: PageRequest): Page<Item> {
	const { limit, after, offset } = checkPage(request);
	const sign = order.direction === 'newest-first' ? -1 : 1;
	const keyed = [...items].map((item) => ({ item, key: order.keyOf(item) }));
	keyed.sort((a, b) => sign * compare(a.key, b.key));
	const rest = keyed.filter(({ key }) => after === undefined || sign * compare(key, after) > 0).slice(offset);
	const shown = rest.slice(0, limit);
	const last = shown.at(-1);
	return {
		items: shown.map(({ item }) => item),
		...(last !== undefined && rest.length > limit ? { nextCursor: encode(last.key) } : {}),
	};
}

interface CheckedPage {
	readonly limit: number;
	readonly after: SortKey | undefined;
	readonly offset: number;
}

/** Refuses a page that cannot be meant, naming the field. */
export function checkPage(request: PageRequest): CheckedPage {
	const { limit = defaultPageLimit, cursor, offset = 0 } = request;
	if (!isWholeNumber(limit, 1, maxPageLimit)) {
		throw invalid('limit', `must be a whole number from 1 to ${String(maxPageLimit)}`);
	}
	if (!isWholeNumber(offset, 0, Number.MAX_SAFE_INTEGER)) throw invalid('offset', 'must be a whole number from 0');
	if (cursor === undefined) return { limit, offset, after: undefined };
	if (request.offset !== undefined) throw invalid('offset', 'cannot be used together with cursor');
	return { limit, offset, after: decode(cursor) };
}

function isWholeNumber(value: number, minimum: number, maximum: number): boolean {
	return Number.isInteger(value) && value >= minimum && value <= maximum;
}

function invalid(field: string, problem: string): InvalidArgumentError {
	return new InvalidArgumentError(`The page cannot be read: ${field} ${problem}.`, [{ path: field, message: problem }]);
}

function encode(key: SortKey): string {
	return Buffer.from(JSON.stringify(key)).toString('base64url');
}

function decode(cursor: string): SortKey {
	try {
		const key: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
		if (Array.isArray(key) && key.every((part) => typeof part === 'string' || typeof part === 'number')) return key;
	} catch {
		// Not ours: the same answer as for a cursor of another list.
	}
	throw invalid('cursor', 'is not one that a page has returned');
}

function compare(a: SortKey, b: SortKey): number {
	for (const [index, part] of a.entries()) {
		const other = b[index];
		if (other === undefined || part === other) continue;
		return part < other ? -1 : 1;
	}
	return 0;
}
