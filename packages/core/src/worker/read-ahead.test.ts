import { describe, expect, it } from 'vitest';
import { HandlerSpeed, readAheadTarget, worthwhileRoom } from './read-ahead.ts';

const facts = { concurrency: 10, readAhead: 500, averageMs: 1, averageAgeMs: 0 };

describe('readAheadTarget', () => {
	it('reads nothing ahead while the speed is unknown', () => {
		expect(readAheadTarget({ ...facts, averageMs: undefined })).toBe(0);
	});

	it('reads ahead what can start within 100 ms', () => {
		expect(readAheadTarget({ ...facts, averageMs: 20 })).toBe(50);
		expect(readAheadTarget({ ...facts, concurrency: 200, averageMs: 50 })).toBe(400);
		expect(readAheadTarget({ ...facts, averageMs: 1_000 })).toBe(1);
		expect(readAheadTarget({ ...facts, averageMs: 5_000 })).toBe(0);
	});

	it('never reads further than the bound', () => {
		expect(readAheadTarget({ ...facts, averageMs: 0 })).toBe(500);
		expect(readAheadTarget({ ...facts, concurrency: 200, averageMs: 20 })).toBe(500);
		expect(readAheadTarget({ ...facts, averageMs: 0, readAhead: 0 })).toBe(0);
	});

	it('stops reading ahead when those that run have become slow', () => {
		expect(readAheadTarget({ ...facts, averageMs: 0, averageAgeMs: 10_000 })).toBe(0);
	});
});

describe('worthwhileRoom', () => {
	it('is half of what is read ahead, or any free slot', () => {
		expect(worthwhileRoom(500)).toBe(250);
		expect(worthwhileRoom(1)).toBe(1);
		expect(worthwhileRoom(0)).toBe(1);
	});
});

describe('HandlerSpeed', () => {
	it('follows the handlers, a tenth at a time', () => {
		const speed = new HandlerSpeed();
		expect(speed.averageMs).toBeUndefined();

		speed.ended(100);
		expect(speed.averageMs).toBe(100);
		speed.ended(0);

		expect(speed.averageMs).toBe(90);
	});
});
