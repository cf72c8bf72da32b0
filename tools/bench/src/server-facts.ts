/** What the server says of itself, and that it promises what is compared. */
import { migrate } from '@cb/pg';
import { createFreshDatabase } from '@cb/test-postgres';
import { Client } from 'pg';

type Facts = Readonly<Record<string, string>>;

const durable = ['fsync', 'synchronous_commit', 'full_page_writes'];
const shown = [
	...durable,
	'wal_sync_method',
	'wal_level',
	'shared_buffers',
	'max_wal_size',
	'checkpoint_timeout',
	'autovacuum',
	'autovacuum_naptime',
	'jit',
];

/** Throws when the server would lose a commit: such figures compare nothing. */
export async function readServerFacts(
	serverUrl: string,
): Promise<{ readonly versions: Facts; readonly settings: Facts }> {
	const database = await createFreshDatabase(serverUrl);
	const client = new Client({ connectionString: database.url });
	try {
		const { pgmqVersion } = await migrate(database.url);
		await client.connect();
		const { rows } = await client.query<{ name: string; setting: string }>(
			'select name, current_setting(name) as setting from pg_settings where name = any($1::text[]) order by name',
			[shown],
		);
		const settings = Object.fromEntries(rows.map(({ name, setting }) => [name, setting]));
		const broken = durable.filter((name) => settings[name] !== 'on');
		if (broken.length > 0)
			throw new Error(`This server runs with ${broken.join(' and ')} off: nothing would be durable.`);
		const version = await client.query<{ version: string }>('select version() as version');
		return {
			versions: { postgres: version.rows[0]?.version.split(' on ')[0] ?? 'unknown', pgmq: pgmqVersion },
			settings,
		};
	} finally {
		await client.end();
		await database.drop();
	}
}
