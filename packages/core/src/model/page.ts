/** Lists come in pages, newest first. A cursor is stable while rows come and go; an offset is there for small tables and people. */
import { InvalidArgumentError } from '../errors.ts';

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

/** What a list is sorted by, most significant first; unique per item. */
export type CursorKey = readonly (string | number)[];

/** A page request that can be answered. */
export interface ParsedPageRequest {
	readonly limit: number;
	readonly after: CursorKey | undefined;
	readonly offset: number;
}

/**
 * Throws `InvalidArgumentError` naming the field for a limit, offset or cursor that cannot be meant. `fits` says whether a key is one of this
 * list: a cursor of another list is none.
 */
export function parsePageRequest(
	request: PageRequest,
	fits: (key: CursorKey) => boolean = () => true,
): ParsedPageRequest {
	const { limit = defaultPageLimit, cursor, offset = 0 } = request;
	if (!isWholeNumber(limit, 1, maxPageLimit)) {
		throw invalid('limit', `must be a whole number from 1 to ${String(maxPageLimit)}`);
	}
	if (!isWholeNumber(offset, 0, Number.MAX_SAFE_INTEGER)) throw invalid('offset', 'must be a whole number from 0');
	if (cursor === undefined) return { limit, offset, after: undefined };
	if (request.offset !== undefined) throw invalid('offset', 'cannot be used together with cursor');
	const after = decode(cursor);
	if (after === undefined || !fits(after)) throw invalid('cursor', 'is not one that a page of this list has returned');
	return { limit, offset, after };
}

function isWholeNumber(value: number, minimum: number, maximum: number): boolean {
	return Number.isInteger(value) && value >= minimum && value <= maximum;
}

function invalid(field: string, problem: string): InvalidArgumentError {
	return new InvalidArgumentError(`The page cannot be read: ${field} ${problem}.`, [{ path: field, message: problem }]);
}

/** The cursor after an item with this key: opaque to its reader. */
export function pageCursor(key: CursorKey): string {
	return Buffer.from(JSON.stringify(key)).toString('base64url');
}

function decode(cursor: string): CursorKey | undefined {
	try {
		const key: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
		return Array.isArray(key) && key.length > 0 && key.every(isKeyPart) ? key : undefined;
	} catch {
		return undefined;
	}
}

function isKeyPart(part: unknown): part is string | number {
	return typeof part === 'string' || typeof part === 'number';
}
