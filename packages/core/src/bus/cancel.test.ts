import { beforeEach, describe, expect, it } from 'vitest';
import { createHandlers } from '../handling/handler-registry.ts';
import { createInMemorySubject } from '../memory/index.ts';
import type { InMemorySubject, MemoryTransaction } from '../memory/index.ts';
import { createGate } from '../test-support/gate.ts';
import { Debit, createTestBed, domain, replyTo } from '../test-support/test-bed.ts';
import type { TestBed } from '../test-support/test-bed.ts';

let subject: InMemorySubject;
let bed: TestBed<MemoryTransaction>;

beforeEach(async () => {
	subject = createInMemorySubject();
	bed = await createTestBed(subject.backend);
});

describe('cancel', () => {
	it('A21 cancels a pending command and replies CANCELED with the reason', async () => {
		const sent = await bed.bus.send(Debit, { cents: 1 }, { replyTo });

		await bed.bus.cancel(sent, { reason: 'ordered twice' });

		expect(await bed.record(sent)).toMatchObject({ status: 'CANCELED' });
		expect(await subject.messages(replyTo)).toMatchObject([
			{ body: { outcome: 'CANCELED', error: { code: 'CANCELED', message: 'ordered twice' } } },
		]);
	});

	it('A21 refuses once a worker has it, naming the status', async () => {
		const gate = createGate();
		await bed.startWorker(createHandlers().on(Debit, () => gate.pass()));
		const sent = await bed.bus.send(Debit, { cents: 1 });
		await bed.pass();

		const refused = bed.bus.cancel(sent);

		await expect(refused).rejects.toMatchObject({ code: 'invalid-operation', status: 'IN_PROGRESS' });
		expect(await bed.record(sent)).toMatchObject({ status: 'IN_PROGRESS' });
	});

	it('refuses an unknown command', async () => {
		const unknown = { domain, commandId: '018f3c2e-0000-7000-8000-000000000001' };

		await expect(bed.bus.cancel(unknown)).rejects.toMatchObject({ code: 'command-not-found' });
	});

	it('changes nothing when the reply queue is gone', async () => {
		const sent = await bed.bus.send(Debit, { cents: 1 }, { replyTo });
		await subject.dropQueue(replyTo);

		await expect(bed.bus.cancel(sent)).rejects.toMatchObject({ code: 'reply-queue-not-found', replyTo });
		expect(await bed.record(sent)).toMatchObject({ status: 'PENDING' });
	});

	it('holds with the transaction of the caller only', async () => {
		const sent = await bed.bus.send(Debit, { cents: 1 });
		const rolledBack = subject.transaction(async (tx) => {
			await bed.bus.cancel(sent, { tx });
			throw new TypeError('roll back');
		});

		await expect(rolledBack).rejects.toThrow('roll back');
		expect(await bed.record(sent)).toMatchObject({ status: 'PENDING' });
	});
});
