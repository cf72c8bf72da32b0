import { describe, expect, it } from 'vitest';
import { authorizationOf, operatorOf } from './operators.ts';

const table = { alice: 'admin', bob: 'operator' } as const;

describe('an operator', () => {
	it('is known by name and role', () => {
		expect(operatorOf(table, authorizationOf('bob', 'operator'))).toEqual({ id: 'bob' });
	});

	it.each([
		null,
		'',
		'Bearer bob',
		'Bearer bob:admin',
		'Bearer eve:viewer',
		'Basic bob:operator',
		'Bearer constructor:admin',
	])('is nobody with "%s"', (authorization) => {
		expect(operatorOf(table, authorization)).toBeUndefined();
	});
});
