/** Lists come in pages, newest first. A cursor is stable while rows come and go; an offset is there for small tables and people. */
export interface PageRequest {
	/** How many, 1 to 1,000. @default 100 */
	readonly limit?: number | undefined;
	/** The `nextCursor` of the page before. Not together with `offset`. */
	readonly cursor?: string | undefined;
	readonly offset?: number | undefined;
}

export interface Page<Item> {
	readonly items: readonly Item[];
	/** Absent on the last page. */
	readonly nextCursor?: string | undefined;
}

export const defaultPageLimit = 100;
export const maxPageLimit = 1_000;
