import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { isCommandBusError } from '../errors.ts';
import { defineCommand } from './define-command.ts';

const data = z.object({});

describe('defineCommand', () => {
	it('makes a frozen definition', () => {
		const definition = defineCommand({ domain: 'payments', type: 'Debit', data, retry: { maxAttempts: 5 } });

		expect(definition).toMatchObject({ domain: 'payments', type: 'Debit', retry: { maxAttempts: 5 } });
		expect(Object.isFrozen(definition)).toBe(true);
		expect(Object.isFrozen(definition.retry)).toBe(true);
	});

	it('takes any Standard Schema, a function too', () => {
		const schema = Object.assign(() => undefined, { '~standard': z.string()['~standard'] });

		expect(defineCommand({ domain: 'payments', type: 'Debit', data: schema }).data).toBe(schema);
	});

	it.each([
		['A13 an illegal domain', { domain: 'Pay-ments', type: 'Debit', data }],
		['an illegal type', { domain: 'payments', type: '9 lives', data }],
		['a retry policy that cannot work', { domain: 'payments', type: 'Debit', data, retry: { maxAttempts: 0 } }],
	])('refuses %s', (_what, options) => {
		expect(() => defineCommand(options)).toThrow(
			expect.toSatisfy((error) => isCommandBusError(error, 'definition-invalid')),
		);
	});
});
