import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineCommand } from '../bus/define-command.ts';
import { ConfigurationError, HandlerAlreadyRegisteredError } from '../errors.ts';
import { createHandlers } from './handler-registry.ts';

const data = z.object({});
const Debit = defineCommand({ domain: 'payments', type: 'Debit', data, retry: { maxAttempts: 5 } });
const Report = defineCommand({ domain: 'reports', type: 'Debit', data });

describe('createHandlers', () => {
	it('F11 refuses a second handler for a command', () => {
		const handlers = createHandlers().on(Debit, () => 1);

		expect(() => handlers.on(Debit, () => 2)).toThrow(HandlerAlreadyRegisteredError);
		expect(handlers.inDomain('payments')).toHaveLength(1);
	});

	it('keeps domains apart', () => {
		const handlers = createHandlers()
			.on(Debit, () => 1)
			.on(Report, () => 2);

		expect(handlers.find('payments', 'Debit')?.definition).toBe(Debit);
		expect(handlers.find('reports', 'Debit')?.definition).toBe(Report);
		expect(handlers.find('reports', 'Other')).toBeUndefined();
		expect(handlers.inDomain('reports').map(({ definition }) => definition)).toEqual([Report]);
	});

	it('lets the registration win over the definition, part by part', () => {
		const backoff = { kind: 'fixed', delaysSeconds: [1] } as const;

		const handlers = createHandlers().on(Debit, () => 1, { retry: { backoff } });

		expect(handlers.find('payments', 'Debit')?.retry).toEqual({ maxAttempts: 5, backoff });
	});

	it('refuses options that cannot work', () => {
		expect(() => createHandlers({ onUnknownType: { deferSeconds: -1, maxDeferrals: 1 } })).toThrow(ConfigurationError);
		expect(() => createHandlers().on(Debit, () => 1, { retry: { maxAttempts: 0 } })).toThrow(ConfigurationError);
	});
});
