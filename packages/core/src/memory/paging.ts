/** Pages of a sorted list. A cursor names the last item shown, so rows that come and go do not shift what follows. */
import { pageCursor, parsePageRequest } from '../model/page.ts';
import type { CursorKey, Page, PageRequest } from '../model/page.ts';

/** The parts of a key, most significant first. */
type KeyShape = readonly ('string' | 'number')[];

export interface Order<Item> {
	readonly shape: KeyShape;
	readonly keyOf: (item: Item) => CursorKey;
	readonly direction: 'newest-first' | 'oldest-first';
}

/** Sorts the items and cuts out the page asked for. */
export function pageOf<Item>(items: Iterable<Item>, order: Order<Item>, request: PageRequest): Page<Item> {
	const { limit, after, offset } = parsePageRequest(request, (key) => hasShape(key, order.shape));
	const sign = order.direction === 'newest-first' ? -1 : 1;
	const keyed = [...items].map((item) => ({ item, key: order.keyOf(item) }));
	keyed.sort((a, b) => sign * compare(a.key, b.key));
	const rest = keyed.filter(({ key }) => after === undefined || sign * compare(key, after) > 0).slice(offset);
	const shown = rest.slice(0, limit);
	const last = shown.at(-1);
	return {
		items: shown.map(({ item }) => item),
		...(last !== undefined && rest.length > limit ? { nextCursor: pageCursor(last.key) } : {}),
	};
}

function hasShape(key: CursorKey, shape: KeyShape): boolean {
	return key.length === shape.length && key.every((part, index) => typeof part === shape[index]);
}

function compare(a: CursorKey, b: CursorKey): number {
	for (const [index, part] of a.entries()) {
		const other = b[index];
		if (other === undefined || part === other) continue;
		return part < other ? -1 : 1;
	}
	return 0;
}
