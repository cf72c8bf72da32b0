import type { Backend, BulkRecord } from '@cb/core';
import { expectTypeOf, test } from 'vitest';
import { createTroubleshootingHttp } from './http/index.ts';
import { createTroubleshootingQueue } from './index.ts';
import type { BulkRun, TroubleshootingQueue } from './index.ts';

interface Client {
	query(text: string): Promise<unknown>;
}

declare const backend: Backend<Client>;
declare const client: Client;
declare const bulk: BulkRun;
const queue = createTroubleshootingQueue(backend);
const request = { domain: 'payments', commandId: '0190b8d0-0000-7000-8000-000000000000', operator: { id: 'ada' } };

test('an act joins a transaction of the backend, and no other', () => {
	expectTypeOf(queue).toEqualTypeOf<TroubleshootingQueue<Client>>();
	void queue.retry(request, { tx: client });

	// @ts-expect-error a text is no transaction
	void queue.retry(request, { tx: 'begin' });
});

test('every act names its operator, and a cancel its reason', () => {
	// @ts-expect-error without operator
	void queue.retry({ domain: 'payments', commandId: request.commandId });

	// @ts-expect-error without reason
	void queue.cancel(request);
});

test('an amendment has a payload or a patch, not both', () => {
	void queue.amendAndRetry({ ...request, reason: 'typo', data: {} });
	void queue.amendAndRetry({ ...request, reason: 'typo', patch: [{ op: 'remove', path: '/a' }] });

	// @ts-expect-error a payload and a patch at once
	void queue.amendAndRetry({ ...request, reason: 'typo', data: {}, patch: [{ op: 'remove', path: '/a' }] });

	// @ts-expect-error neither payload nor patch
	void queue.amendAndRetry({ ...request, reason: 'typo' });
});

test('a run of one bulk resolves with it, a run of all perhaps with none', () => {
	expectTypeOf(bulk.run('id')).toEqualTypeOf<Promise<BulkRecord>>();
	expectTypeOf(bulk.run()).toEqualTypeOf<Promise<BulkRecord | undefined>>();
});

test('HTTP needs somebody who says who asks', () => {
	createTroubleshootingHttp({ queue, authenticate: () => ({ id: 'ada' }) });

	// @ts-expect-error without authenticate
	createTroubleshootingHttp({ queue });
});
