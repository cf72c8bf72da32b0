/** Statements are kept parsed and planned per connection, but not where a pooler may hand connections around. */
import { createCommandBus, defineCommand } from '@cb/core';
import { Pool } from 'pg';
import { expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { createPgBackend } from '../src/index.ts';
import { openTestDatabase } from './test-database.ts';

const database = await openTestDatabase();
const Charge = defineCommand({
	domain: await database.newDomain(),
	type: 'Charge',
	data: z.object({ cents: z.int() }),
});

it.each([
	{ options: {}, isKept: true },
	{ options: { listen: false }, isKept: false },
	{ options: { listen: database.url }, isKept: false },
	{ options: { listen: false, preparedStatements: true }, isKept: true },
	{ options: { preparedStatements: false }, isKept: false },
])('with $options: $isKept', async ({ options, isKept }) => {
	const pool = new Pool({ connectionString: database.url, max: 5 });
	onTestFinished(() => pool.end());
	const backend = createPgBackend({ pool, ...options });
	onTestFinished(() => backend.close());

	await createCommandBus(backend).send(Charge, { cents: 1 });
	await backend.domains.list();

	const { rows } = await pool.query<{ count: number }>(
		'select count(*)::integer as count from pg_prepared_statements where not from_sql',
	);
	expect((rows[0]?.count ?? 0) > 0).toBe(isKept);
});
