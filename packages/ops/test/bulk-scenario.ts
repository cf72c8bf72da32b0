/** Bulks as the tests begin with them: of everything that is parked, by ada. */
import type { BulkItem } from '@cb/core';
import type { BulkPreview } from '../src/index.ts';
import { ada } from './scenario.ts';
import type { Scenario } from './scenario.ts';

const retry = { action: 'retry' } as const;
export const cancel = { action: 'cancel', reason: 'cleaned up' } as const;

export async function previewed(
	{ queue }: Scenario,
	action: typeof retry | typeof cancel = retry,
): Promise<BulkPreview> {
	return queue.bulk.preview({ filter: {}, action, operator: ada });
}

export async function started(scenario: Scenario, action: typeof retry | typeof cancel = retry): Promise<string> {
	const { bulkId, digest } = await previewed(scenario, action);
	await scenario.queue.bulk.start(bulkId, digest);
	return bulkId;
}

export async function resultsOf({ queue }: Scenario, bulkId: string): Promise<readonly BulkItem[]> {
	return (await queue.bulk.results(bulkId, { limit: 1_000 })).items;
}

export function statusesOf(items: readonly BulkItem[]): readonly string[] {
	return items.map(({ status }) => status);
}
