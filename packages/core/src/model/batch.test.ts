import { describe, expect, it } from 'vitest';
import { finishedBatchStatus, isBatchFinished } from './batch.ts';
import type { BatchCounts } from './batch.ts';

function counts(overrides: Partial<BatchCounts>): BatchCounts {
	return { totalCount: 3, completedCount: 0, failedCount: 0, canceledCount: 0, parkedCount: 0, ...overrides };
}

describe('a batch', () => {
	it('B8 is finished when every member has completed', () => {
		const all = counts({ completedCount: 3 });

		expect(isBatchFinished(all)).toBe(true);
		expect(finishedBatchStatus(all)).toBe('COMPLETED');
	});

	it.each([{ failedCount: 1 }, { canceledCount: 1 }])('B9 B10 is finished with failures after %j', (ended) => {
		const mixed = counts({ completedCount: 2, ...ended });

		expect(isBatchFinished(mixed)).toBe(true);
		expect(finishedBatchStatus(mixed)).toBe('COMPLETED_WITH_FAILURES');
	});

	it('B11 is open while a member is parked', () => {
		expect(isBatchFinished(counts({ completedCount: 2, parkedCount: 1 }))).toBe(false);
	});

	it('is open while a member is on its way', () => {
		expect(isBatchFinished(counts({}))).toBe(false);
		expect(isBatchFinished(counts({ completedCount: 1, failedCount: 1 }))).toBe(false);
	});
});
