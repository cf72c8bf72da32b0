import { describe, expect, it } from 'vitest';
import { ReadPosition } from './read-position.ts';

const [first, second, third] = ['2030-01-01 00:00:00+00', '2030-01-01 00:00:01+00', '2030-01-01 00:00:02+00'];
const limit = 10;

/** One read: found so many, of ten that it asked for. */
interface Found {
	readonly durationMs: number;
	readonly count?: number;
	readonly readOnFrom?: string | undefined;
}

/** From where the read at that moment begins; with what it found, it is over. */
function read(position: ReadPosition, startedAt: number, found: Found): string | undefined {
	const { durationMs, count = limit, readOnFrom } = found;
	const start = position.next(startedAt);
	position.ended(start, { count, limit, readOnFrom, endedAt: startedAt + durationMs });
	return start.dueFrom;
}

/** A position after a read from the beginning that was full and ended at 1,000. */
function positionAfter(durationMs: number, readOnFrom: string | undefined): ReadPosition {
	const position = new ReadPosition();
	read(position, 1_000 - durationMs, { durationMs, readOnFrom });
	return position;
}

describe('where reads of a queue begin', () => {
	it('is the beginning at first, and as long as the server does not say otherwise', () => {
		expect(new ReadPosition().next(0)).toMatchObject({ reach: 'whole', dueFrom: undefined });
		expect(positionAfter(500, undefined).next(1_001)).toMatchObject({ reach: 'whole', dueFrom: undefined });
	});

	it('is where the last read ended for ten times as long as the one from the beginning took', () => {
		const position = positionAfter(40, first);

		expect(position.next(1_000)).toMatchObject({ reach: 'on', dueFrom: first });
		expect(position.next(1_399)).toMatchObject({ reach: 'on', dueFrom: first });
		expect(position.next(1_400)).toMatchObject({ reach: 'whole', dueFrom: undefined });
	});

	it('S12 is the beginning every thirty seconds, however long that takes', () => {
		const position = positionAfter(5_000, first);

		expect(position.next(30_999)).toMatchObject({ reach: 'on' });
		expect(position.next(31_000)).toMatchObject({ reach: 'whole' });
	});

	it('moves with every read that found something, which puts off no read from the beginning', () => {
		const position = positionAfter(100, first);

		expect(read(position, 1_000, { durationMs: 500, readOnFrom: second })).toBe(first);
		expect(position.next(1_999).dueFrom).toBe(second);
		expect(position.next(2_000)).toMatchObject({ reach: 'whole' });
	});

	it('is the beginning again once nothing is gained by going on', () => {
		const position = positionAfter(100, first);

		read(position, 2_000, { durationMs: 4, readOnFrom: undefined });

		expect(position.next(2_005)).toMatchObject({ reach: 'whole' });
	});

	it('is kept where a read from the beginning finds nothing, so that an idle queue is not read as a whole each time', () => {
		const position = positionAfter(100, first);

		read(position, 2_000, { durationMs: 300, count: 0 });

		expect(position.next(2_301).dueFrom).toBe(first);
		expect(position.next(5_300)).toMatchObject({ reach: 'whole' });
	});
});

describe('further back', () => {
	it('S12 begins where reads stood ten seconds ago, once a read was not full', () => {
		const position = positionAfter(3_000, first);
		read(position, 11_500, { durationMs: 10, readOnFrom: second });
		read(position, 15_000, { durationMs: 10, readOnFrom: third });
		expect(position.next(15_100)).toMatchObject({ reach: 'on', dueFrom: third });

		read(position, 15_100, { durationMs: 2, count: 1, readOnFrom: third });

		expect(position.next(15_200)).toMatchObject({ reach: 'back', dueFrom: first });
	});

	it('moves on every ten seconds', () => {
		const position = positionAfter(3_000, first);
		read(position, 11_500, { durationMs: 10, readOnFrom: second });
		read(position, 22_000, { durationMs: 10, readOnFrom: third });

		read(position, 22_100, { durationMs: 2, count: 0 });

		expect(position.next(22_200)).toMatchObject({ reach: 'back', dueFrom: second });
	});

	it('is where the last read ended once nothing was found for long', () => {
		const position = positionAfter(3_000, first);
		read(position, 2_000, { durationMs: 5, readOnFrom: second });
		read(position, 12_000, { durationMs: 5, count: 0 });
		read(position, 23_000, { durationMs: 5, count: 0 });

		expect(position.next(23_500)).toMatchObject({ reach: 'back', dueFrom: second });
	});

	it('takes a tenth of the time', () => {
		const position = positionAfter(3_000, first);
		read(position, 2_000, { durationMs: 5, count: 1, readOnFrom: second });

		expect(read(position, 2_100, { durationMs: 20, count: 1, readOnFrom: second })).toBe(first);

		expect(position.next(2_319)).toMatchObject({ reach: 'on', dueFrom: second });
		expect(position.next(2_320)).toMatchObject({ reach: 'back', dueFrom: first });
	});

	it('is not looked at while reads are full', () => {
		const position = positionAfter(3_000, first);
		read(position, 2_000, { durationMs: 5, count: 1, readOnFrom: second });
		read(position, 2_100, { durationMs: 1, count: limit, readOnFrom: second });

		expect(position.next(3_000)).toMatchObject({ reach: 'on', dueFrom: second });
	});

	it('S12 follows a read that found nothing, if it has rested as long as it took', () => {
		const position = positionAfter(3_000, first);
		read(position, 2_000, { durationMs: 5, count: 1, readOnFrom: second });
		read(position, 2_100, { durationMs: 20, count: 1, readOnFrom: second });
		const start = position.next(2_125);

		expect(start).toMatchObject({ reach: 'on' });
		expect(position.furtherThan(start, 2_139)).toBeUndefined();
		expect(position.furtherThan(start, 2_140)).toMatchObject({ reach: 'back', dueFrom: first });
	});

	it('is followed by the beginning only when that is due', () => {
		const position = positionAfter(100, first);
		read(position, 1_000, { durationMs: 5, count: 1, readOnFrom: second });
		const start = position.next(1_100);

		expect(start).toMatchObject({ reach: 'back' });
		expect(position.furtherThan(start, 1_999)).toBeUndefined();
		expect(position.furtherThan(start, 2_000)).toMatchObject({ reach: 'whole' });
	});
});
