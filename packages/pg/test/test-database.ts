/** The database of one test file: a copy of the migrated template. What is opened on it is closed after the last test. */
import { freshDatabase } from '@cb/test-postgres/vitest';
import { Client } from 'pg';
import { afterAll } from 'vitest';
import { createPgBackend } from '../src/index.ts';
import type { PgBackend, PgBackendOptions } from '../src/index.ts';

export type Row = Readonly<Record<string, unknown>>;

export interface TestDatabase {
	readonly name: string;
	readonly url: string;
	/** Runs a statement on a connection that belongs to the test alone. */
	readonly query: (text: string, values?: unknown[]) => Promise<readonly Row[]>;
	/** The first column of the first row. */
	value(text: string, values?: unknown[]): Promise<unknown>;
	connect(): Promise<Client>;
	openBackend(options?: Partial<PgBackendOptions>): PgBackend;
	/** A new domain, so that the tests of one file do not meet. */
	newDomain(): Promise<string>;
	/** Rows per table of this project and of PGMQ: equal before and after whatever must store nothing. */
	counts(): Promise<Row>;
}

type Close = () => Promise<unknown>;

/** To be called once, at the top of a test file. */
export async function openTestDatabase(open: typeof freshDatabase = freshDatabase): Promise<TestDatabase> {
	const opened = await open();
	const { name, url } = opened;
	const closing: Close[] = [() => opened.drop()];
	const client = await connectTo(url, closing);
	let domains = 0;

	afterAll(async () => {
		for (const close of closing.toReversed()) await close();
	});

	async function query(text: string, values: unknown[] = []): Promise<readonly Row[]> {
		return (await client.query<Row>(text, values)).rows;
	}

	return {
		name,
		url,
		query,
		value: async (text, values) => Object.values((await query(text, values))[0] ?? {})[0],
		connect: () => connectTo(url, closing),
		openBackend(options = {}) {
			const backend = createPgBackend(options.pool === undefined ? { connection: url, ...options } : options);
			closing.push(() => backend.close());
			return backend;
		},
		async newDomain() {
			domains++;
			const domain = `domain_${domains}`;
			await query('select cb.create_domain($1)', [domain]);
			return domain;
		},
		async counts() {
			const tables = await query(
				`select format('%I.%I', schemaname, tablename) as name from pg_tables
				where schemaname in ('cb', 'pgmq') and tablename <> 'migration' order by 1`,
			);
			const text = tables.map((table) => `(select count(*)::integer from ${String(table['name'])})`).join(', ');
			const [counted = []] = (await client.query<number[]>({ text: `select ${text}`, rowMode: 'array' })).rows;
			return Object.fromEntries(tables.map((table, index) => [String(table['name']), counted[index]]));
		},
	};
}

async function connectTo(url: string, closing: Close[]): Promise<Client> {
	const client = new Client({ connectionString: url });
	client.on('error', () => undefined);
	await client.connect();
	closing.push(() => client.end().catch(() => undefined));
	return client;
}
