import { describe, expect, it } from 'vitest';
import { ReadPosition } from './read-position.ts';

const [first, second] = ['2030-01-01 00:00:00+00', '2030-01-01 00:00:01+00'];

/** A position after a read from the beginning that ended at 1,000. */
function positionAfter(durationMs: number, readOnFrom: string | undefined): ReadPosition {
	const position = new ReadPosition();
	position.ended({ isWhole: true, readOnFrom, startedAt: 1_000 - durationMs, endedAt: 1_000 });
	return position;
}

describe('where reads of a queue begin', () => {
	it('is the beginning at first, and as long as the server does not say otherwise', () => {
		expect(new ReadPosition().at(0)).toBeUndefined();
		expect(positionAfter(500, undefined).at(1_001)).toBeUndefined();
	});

	it('is where the last read ended for ten times as long as the one from the beginning took', () => {
		const position = positionAfter(40, first);

		expect(position.at(1_000)).toBe(first);
		expect(position.at(1_399)).toBe(first);
		expect(position.at(1_400)).toBeUndefined();
	});

	it('S12 is the beginning every ten seconds, however long that takes', () => {
		const position = positionAfter(3_000, first);

		expect(position.at(10_999)).toBe(first);
		expect(position.at(11_000)).toBeUndefined();
	});

	it('moves with every read that found something, which puts off no read from the beginning', () => {
		const position = positionAfter(100, first);

		position.ended({ isWhole: false, readOnFrom: second, startedAt: 1_000, endedAt: 1_500 });
		position.ended({ isWhole: false, readOnFrom: undefined, startedAt: 1_500, endedAt: 1_501 });

		expect(position.at(1_999)).toBe(second);
		expect(position.at(2_000)).toBeUndefined();
	});

	it('is the beginning again once nothing is gained by going on', () => {
		const position = positionAfter(100, first);

		position.ended({ isWhole: true, readOnFrom: undefined, startedAt: 2_000, endedAt: 2_004 });

		expect(position.at(2_005)).toBeUndefined();
	});
});
