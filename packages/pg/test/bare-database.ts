/** A database that a test may migrate, break and look into; dropped when the test ends. */
import { emptyDatabase } from '@cb/test-postgres/vitest';
import { Client } from 'pg';
import { expect, onTestFinished } from 'vitest';

export interface BareDatabase {
	readonly url: string;
	readonly name: string;
	readonly query: (text: string, values?: unknown[]) => Promise<readonly Record<string, unknown>[]>;
}

export async function openBareDatabase(create: typeof emptyDatabase = emptyDatabase): Promise<BareDatabase> {
	const database = await create();
	onTestFinished(() => database.drop());
	return {
		url: database.url,
		name: database.name,
		query: async (text, values = []) => {
			const client = new Client({ connectionString: database.url });
			client.on('error', () => undefined);
			await client.connect();
			try {
				return (await client.query<Record<string, unknown>>(text, values)).rows;
			} finally {
				await client.end();
			}
		},
	};
}

/** Everything in the two schemas, by name. */
export async function objectsIn(subject: BareDatabase): Promise<readonly unknown[]> {
	return subject.query(
		`select n.nspname, c.relname::text from pg_namespace n left join pg_class c on c.relnamespace = n.oid
		where n.nspname in ('cb', 'pgmq') order by 1, 2`,
	);
}

/** What a call that must fail threw. */
export async function failureOf(attempt: Promise<unknown>): Promise<unknown> {
	return attempt.then(
		() => expect.fail('the call went through'),
		(error: unknown) => error,
	);
}
