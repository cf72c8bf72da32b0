/** What users may import. A change here is a change of the public surface: review it as one. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import * as entry from './index.ts';

const values = [
	'createDomain',
	'createPgBackend',
	'diagnose',
	'grantRole',
	'migrate',
	'migrationStatus',
	'missingPrivileges',
	'readHeldXmin',
	'revokeRole',
	'roleKinds',
];

const types = [
	'DiagnoseOptions',
	'Finding',
	'HeldXmin',
	'MigrateOptions',
	'MigrationName',
	'MigrationReport',
	'MigrationStatus',
	'PgBackend',
	'PgBackendOptions',
	'PgmqChoice',
	'Queryable',
	'RoleKind',
];

it('exports these values and no other', () => {
	expect(Object.keys(entry).sort()).toEqual(values);
});

it('exports these types and no other', () => {
	const source = readFileSync(new URL('index.ts', import.meta.url), 'utf8');
	const listed = [...source.matchAll(/^export type \{([^}]*)\}/gm)].flatMap(([, names = '']) => names.split(','));

	expect(
		listed
			.map((name) => name.trim())
			.filter((name) => name !== '')
			.sort(),
	).toEqual(types);
});
