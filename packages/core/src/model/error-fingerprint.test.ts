import { describe, expect, it } from 'vitest';
import { errorFingerprint, normaliseMessage } from './error-fingerprint.ts';
import type { ErrorRecord } from './error-record.ts';

function fingerprintOf(overrides: Partial<ErrorRecord>): string {
	return errorFingerprint({
		type: 'PERMANENT',
		code: 'ACCOUNT_CLOSED',
		message: 'Account 17 is closed.',
		...overrides,
	});
}

describe('an error fingerprint', () => {
	it.each([
		['Account 17 is closed.', 'Account 4211 is closed.'],
		['Order 0198c3f0-1111-7abc-8def-0123456789ab is gone', 'Order 550e8400-e29b-41d4-a716-446655440000 is gone'],
		['No user "ada" in \'eu\'', 'No user "bob" in \'us\''],
		['Object deadbeef01 is locked', 'Object 00ff00ff00ff is locked'],
		['Took 1,234.5 ms', 'Took -7 ms'],
		['Two\n  lines', 'Two lines'],
	])('is the same for %j and %j', (one, other) => {
		expect(fingerprintOf({ message: one })).toBe(fingerprintOf({ message: other }));
	});

	it.each([{ message: 'Account 17 is frozen.' }, { code: 'ACCOUNT_FROZEN' }, { type: 'TRANSIENT' }] as const)(
		'differs with %j',
		(overrides) => {
			expect(fingerprintOf(overrides)).not.toBe(fingerprintOf({}));
		},
	);

	it('is 16 hexadecimal digits, the same in every release', () => {
		expect(fingerprintOf({})).toMatch(/^[0-9a-f]{16}$/u);
		expect(errorFingerprint({ type: 'PERMANENT', code: 'X', message: '' })).toBe('67f36e6d2f64a84f');
	});

	it('leaves words that only look hexadecimal alone', () => {
		expect(normaliseMessage('the facade defaced deadbeef')).toBe('the facade defaced deadbeef');
	});
});
