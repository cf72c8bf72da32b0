/** Where a page says that a guarantee is proven by a file, tests of that file carry the ids it gives. */
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { textOf } from './markdown-files.ts';

interface Proof {
	readonly ids: readonly string[];
	readonly files: readonly string[];
}

/** Cells of the form `D4 D5 [name](file), [name](file)`. */
function proofsOf(page: string): readonly Proof[] {
	return [...textOf(page).matchAll(/\|\s*((?:[A-S]\d{1,2} )+)((?:\[[^\]]+\]\([^)]+\)(?:, )?)+)\s*\|/gu)].map(
		([, ids = '', links = '']) => ({
			ids: ids.trim().split(' '),
			files: [...links.matchAll(/\]\(([^)]+)\)/gu)].map(([, path = '']) => normalize(join(dirname(page), path))),
		}),
	);
}

describe.each(['README.md', 'docs/explanation/delivery-guarantees.md'])('%s', (page) => {
	const proofs = proofsOf(page);

	it('names proofs', () => {
		expect(proofs.length).toBeGreaterThan(10);
	});

	it.each(proofs)('$ids are in $files', ({ ids, files }) => {
		const names = files.flatMap((file) => [...textOf(file).matchAll(/\(\s*['`]((?:[A-S]\d{1,2}\b[ :]*)+)/gu)]);
		const found = new Set(names.flatMap(([, numbers = '']) => numbers.match(/[A-S]\d{1,2}/gu) ?? []));

		expect(ids.filter((id) => !found.has(id))).toEqual([]);
	});
});
