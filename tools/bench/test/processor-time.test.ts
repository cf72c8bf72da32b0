import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { meterSteal, processorShares } from '../src/processor-time.ts';

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

	it('tells what share of the machine went to others, and says where it cannot tell', async () => {
		const steal = meterSteal();
		await sleep(100);

		const share = steal();

		expect(process.platform === 'linux' ? share >= 0 && share <= 100 : Number.isNaN(share)).toBe(true);
	});
});
