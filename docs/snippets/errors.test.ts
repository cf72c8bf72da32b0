/** The examples of docs/reference/errors.md. */
import { createCommandBus, defineCommand, isCommandBusError } from '@cb/core';
import { createInMemoryBackend } from '@cb/core/memory';
import { expect, it } from 'vitest';
import { z } from 'zod';

it('tells errors apart by code and reads their facts', async () => {
	const ChargeCard = defineCommand({ domain: 'shop', type: 'ChargeCard', data: z.object({ cents: z.int() }) });
	const bus = createCommandBus(createInMemoryBackend());

	async function charge(cents: number): Promise<string> {
		// #region codes
		try {
			await bus.send(ChargeCard, { cents });
		} catch (error) {
			if (isCommandBusError(error, 'payload-invalid')) return error.issues.map(({ path }) => path).join();
			if (isCommandBusError(error, 'domain-not-found')) return `create domain ${error.domain} first`;
			if (isCommandBusError(error, 'store') && error.isRetryable) return 'try again later';
			throw error;
		}
		// #endregion codes
		return 'sent';
	}

	expect(await charge(1.5)).toBe('$.cents');
	expect(await charge(1)).toBe('create domain shop first');
});
