import { defineCommand } from '@cb/core';
import { z } from 'zod';

/** Does nothing: what is measured is the bus. */
export const Noop = defineCommand({
	domain: 'bench',
	type: 'Noop',
	data: z.object({ number: z.number(), sentAt: z.number().optional() }),
});
