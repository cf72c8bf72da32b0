import { describe, expect, it } from 'vitest';
import { fitColumns } from './columns.ts';

const fixed = { natural: 36, minimum: 36 };

describe('fitColumns', () => {
	it('gives every column what it wants where nobody looks', () => {
		expect(fitColumns([fixed, { natural: 200, minimum: 10 }], undefined)).toEqual([36, 200]);
	});

	it('leaves columns alone that fit', () => {
		expect(fitColumns([fixed, { natural: 20, minimum: 10 }], 80)).toEqual([36, 20]);
	});

	it('takes from the widest that can give', () => {
		expect(fitColumns([fixed, { natural: 60, minimum: 10 }, { natural: 12, minimum: 6 }], 80)).toEqual([36, 28, 12]);
	});

	it('leaves columns out, the highest number first, before anything gets too narrow', () => {
		const optional = { natural: 30, minimum: 20, dropOrder: 1 };
		const lessWanted = { natural: 10, minimum: 10, dropOrder: 2 };

		expect(fitColumns([fixed, optional, lessWanted], 80)).toEqual([36, 30, 10]);
		expect(fitColumns([fixed, optional, lessWanted], 64)).toEqual([36, 26, undefined]);
		expect(fitColumns([fixed, optional, lessWanted], 50)).toEqual([36, undefined, undefined]);
	});

	it('does not go below a minimum, even if the line gets too long', () => {
		expect(fitColumns([fixed, { natural: 20, minimum: 10 }], 30)).toEqual([36, 10]);
	});
});
