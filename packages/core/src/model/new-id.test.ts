import { validate, version } from 'uuid';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { newId } from './new-id.ts';

function newIds(count: number): string[] {
	return Array.from({ length: count }, newId);
}

describe('newId', () => {
	afterEach(() => {
		vi.useRealTimers();
	});

	it('makes UUIDs of version 7 of the present', () => {
		const before = Date.now();
		const id = newId();

		expect(validate(id)).toBe(true);
		expect(version(id)).toBe(7);
		const at = Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16);
		expect(at).toBeGreaterThanOrEqual(before);
		expect(at).toBeLessThanOrEqual(Date.now());
	});

	it('makes each greater than the one before, across draws of random bits', () => {
		const ids = newIds(5_000);

		expect(ids).toEqual([...new Set(ids)].sort());
	});

	it('goes on rising while the clock goes back', () => {
		vi.useFakeTimers({ now: Date.now() + 60_000 });
		const before = newIds(3);
		vi.setSystemTime(Date.now() - 30_000);
		const after = newIds(3);

		expect([...before, ...after]).toEqual([...before, ...after].sort());
	});

	it('shares no random bits between ids', () => {
		const tails = newIds(1_000).map((id) => id.slice(-11));

		expect(new Set(tails).size).toBe(1_000);
	});
});
