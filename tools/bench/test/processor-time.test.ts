import { describe, expect, it } from 'vitest';
import { processorShares } from '../src/processor-time.ts';

describe('processor time', () => {
	it('tells a busy process from one that is not there, and says where it cannot tell', async () => {
		const measuring = processorShares([[process.pid], [2 ** 30]], 200);
		const end = performance.now() + 150;
		let turns = 0;
		while (performance.now() < end) turns++;

		const [busy = 0, absent = 0] = await measuring;

		expect(turns).toBeGreaterThan(0);
		const canTell = process.platform === 'linux';
		expect(canTell ? busy > 0 : Number.isNaN(busy)).toBe(true);
		expect(absent).toBe(canTell ? 0 : Number.NaN);
	});
});
