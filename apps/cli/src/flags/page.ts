/** Paging, the same on every list. */
import { Option } from 'commander';
import type { Page } from '@cb/core';
import { wholeNumber } from './number.ts';

export interface PageFlags {
	readonly limit: number;
	readonly cursor?: string | undefined;
	readonly offset?: number | undefined;
}

export const defaultLimit = 50;

export function limitFlag(): Option {
	return new Option('--limit <n>', 'how many at most, 1 to 1000')
		.argParser(wholeNumber({ from: 1, to: 1_000 }))
		.default(defaultLimit);
}

export function cursorFlag(): Option {
	return new Option('--cursor <cursor>', 'go on where the page before ended').conflicts('offset');
}

export function offsetFlag(): Option {
	return new Option('--offset <n>', 'skip so many').argParser(wholeNumber({ from: 0, to: 1_000_000_000 }));
}

/** Where the next page is, if there is one. */
export function nextPageHints({ nextCursor }: Page<unknown>): readonly string[] {
	return nextCursor === undefined ? [] : [`More: repeat with --cursor ${nextCursor}`];
}
