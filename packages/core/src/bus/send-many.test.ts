import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { isCommandBusError } from '../errors.ts';
import { createInMemorySubject } from '../memory/index.ts';
import type { InMemorySubject, MemoryTransaction } from '../memory/index.ts';
import { Debit, createTestBed } from '../test-support/test-bed.ts';
import type { TestBed } from '../test-support/test-bed.ts';
import { commandRequest } from './command-request.ts';
import { defineCommand } from './define-command.ts';

let subject: InMemorySubject;
let bed: TestBed<MemoryTransaction>;
const Report = defineCommand({ domain: 'reports', type: 'Report', data: z.object({ month: z.int() }) });

beforeEach(async () => {
	subject = createInMemorySubject();
	bed = await createTestBed(subject.backend);
	await bed.backend.domains.create('reports');
});

describe('sendMany', () => {
	it('A14 stores a mix of domains, one transaction per chunk, results in order', async () => {
		const requests = Array.from({ length: 5 }, (_, index) =>
			index % 2 === 0 ? commandRequest(Debit, { cents: index }) : commandRequest(Report, { month: index }),
		);

		const receipts = await bed.bus.sendMany(requests, { chunkSize: 2 });

		const chunks = bed.faults.calls('acceptAll').map(([commands]) => commands);
		expect(chunks).toMatchObject([[{ domain: 'payments' }, { domain: 'reports' }], [{}, {}], [{}]]);
		expect(receipts.map(({ domain }) => domain)).toEqual(['payments', 'reports', 'payments', 'reports', 'payments']);
		expect(await bed.bus.getMany(receipts)).toMatchObject(receipts.map(({ commandId }) => ({ commandId })));
	});

	it('A14 wakes whoever waits for a domain once per chunk', async () => {
		let wakeUps = 0;
		await bed.backend.wake.subscribe({ kind: 'commands', domain: 'payments' }, () => (wakeUps += 1));
		const before = wakeUps;

		await bed.bus.sendMany(
			[1, 2, 3, 4].map((cents) => commandRequest(Debit, { cents })),
			{ chunkSize: 2 },
		);

		expect(wakeUps - before).toBe(2);
	});

	it('A15 keeps chunk 1, stores nothing of chunk 2, and says which command it was', async () => {
		const existing = await bed.bus.send(Debit, { cents: 0 });
		const requests = [1, 2, 3, 4].map((cents) => commandRequest(Debit, { cents }));
		requests[3] = commandRequest(Debit, { cents: 4 }, { commandId: existing.commandId });

		const refused = await bed.bus.sendMany(requests, { chunkSize: 2 }).catch((error: unknown) => error);

		expect(refused).toMatchObject({
			chunkIndex: 1,
			commandIndex: 3,
			commandId: existing.commandId,
			storedCount: 2,
			cause: { code: 'duplicate-command' },
		});
		expect(isCommandBusError(refused, 'chunk-refused')).toBe(true);
		expect(await subject.messages('payments__commands')).toHaveLength(3);
	});

	it('A16 checks every payload before the first chunk is stored', async () => {
		const refused = bed.bus.sendMany([commandRequest(Debit, { cents: 1 }), commandRequest(Debit, { cents: 0.5 })], {
			chunkSize: 1,
		});

		await expect(refused).rejects.toMatchObject({ code: 'payload-invalid', issues: [{ path: '$[1].cents' }] });
		expect(bed.faults.calls('acceptAll')).toEqual([]);
	});

	it('A18 returns receipts of existing commands where told so', async () => {
		const existing = await bed.bus.send(Debit, { cents: 1 });
		const { commandId } = existing;

		const receipts = await bed.bus.sendMany([
			commandRequest(Debit, { cents: 1 }, { commandId, onDuplicate: 'return-existing' }),
			commandRequest(Debit, { cents: 2 }),
		]);

		expect(receipts).toMatchObject([{ ...existing, isDuplicate: true }, { isDuplicate: false }]);
	});

	it('A11 stores nothing when the transaction of the caller rolls back', async () => {
		const rolledBack = subject.transaction(async (tx) => {
			await bed.bus.sendMany([commandRequest(Debit, { cents: 1 })], { tx });
			throw new TypeError('roll back');
		});

		await expect(rolledBack).rejects.toThrow('roll back');
		expect(await subject.messages('payments__commands')).toEqual([]);
	});

	it('sends nothing for an empty list, and refuses chunks of nothing', async () => {
		expect(await bed.bus.sendMany([])).toEqual([]);
		await expect(bed.bus.sendMany([], { chunkSize: 0 })).rejects.toMatchObject({ code: 'invalid-argument' });
	});
});
