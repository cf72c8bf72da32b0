/** The Troubleshooting Queue as an operator's program sees it: over HTTP, with a name. */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { ScenarioError } from '../scenario-error.ts';

const ItemSchema = z.object({
	domain: z.string(),
	commandId: z.string(),
	commandType: z.string(),
	lastErrorCode: z.string(),
	payload: z.json(),
	generation: z.int(),
	version: z.int(),
});

export type ParkedItem = z.output<typeof ItemSchema>;

const PageSchema = z.object({ items: z.array(ItemSchema), nextCursor: z.string().optional() });
const PreviewSchema = z.object({ bulkId: z.string(), count: z.int(), digest: z.string() });
const BulkSchema = z.object({ status: z.string(), totalCount: z.int(), doneCount: z.int() });

export interface QueueClient {
	/** Everything that is parked now. */
	items(): Promise<readonly ParkedItem[]>;
	/** One act on one item, at the version it was seen at. */
	act(item: ParkedItem, action: 'retry' | 'amend' | 'cancel' | 'complete', body: object): Promise<void>;
	/** Freezes what matches, confirms it and waits until it is worked off. Resolves with how many there were. */
	bulk(filter: object, action: object): Promise<number>;
}

export interface QueueClientOptions {
	readonly url: string;
	readonly authorization: string;
	readonly signal: AbortSignal;
}

const bulkPollMs = 100;

export function createQueueClient({ url, authorization, signal }: QueueClientOptions): QueueClient {
	async function ask<Schema extends z.ZodType>(schema: Schema, path: string, body?: object): Promise<z.output<Schema>> {
		const headers = { authorization, 'content-type': 'application/json' };
		const request = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
		const response = await fetch(`${url}/tsq${path}`, { headers, signal, ...request });
		const answer: unknown = await response.json();
		if (!response.ok)
			throw new ScenarioError(`${path} was answered ${String(response.status)}: ${JSON.stringify(answer)}`);
		return schema.parse(answer);
	}

	return {
		async items() {
			const items: ParkedItem[] = [];
			for (let cursor: string | undefined, isFirst = true; isFirst || cursor !== undefined; isFirst = false) {
				const query = new URLSearchParams({ limit: '500', ...(cursor === undefined ? {} : { cursor }) });
				const page = await ask(PageSchema, `/items?${query.toString()}`);
				items.push(...page.items);
				cursor = page.nextCursor;
			}
			return items;
		},
		async act({ domain, commandId, version }, action, body) {
			await ask(z.unknown(), `/items/${domain}/${commandId}/${action}`, { expectedVersion: version, ...body });
		},
		async bulk(filter, action) {
			const preview = await ask(PreviewSchema, '/bulks', { filter, action });
			if (preview.count === 0) return 0;
			await ask(BulkSchema, `/bulks/${preview.bulkId}/start`, { digest: preview.digest });
			for (;;) {
				const { status, totalCount } = await ask(BulkSchema, `/bulks/${preview.bulkId}`);
				if (status === 'COMPLETED') return totalCount;
				await sleep(bulkPollMs, undefined, { signal });
			}
		},
	};
}
