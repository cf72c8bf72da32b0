/** Databases on a server: templates that are prepared once, and fresh copies of them. */
import { randomBytes } from 'node:crypto';
import { Client, escapeIdentifier } from 'pg';

export interface Database {
	readonly name: string;
	readonly url: string;
	/** Removes the database, whoever is connected to it. */
	drop(): Promise<void>;
}

/** Creates a database, lets `prepare` fill it, and keeps everybody out of it until it is copied. */
export async function createTemplate(
	serverUrl: string,
	name: string,
	prepare: (databaseUrl: string) => Promise<void>,
): Promise<Database> {
	const template = await create(serverUrl, uniqueName(name));
	try {
		await prepare(template.url);
		await execute(serverUrl, `alter database ${escapeIdentifier(template.name)} with allow_connections false`);
		await disconnectAll(serverUrl, template.name);
		return template;
	} catch (error) {
		await template.drop();
		throw error;
	}
}

/** A database of one's own: empty, or a copy of the template with this name. */
export async function createFreshDatabase(serverUrl: string, template?: string): Promise<Database> {
	return create(serverUrl, uniqueName('cb_test'), template);
}

async function create(serverUrl: string, name: string, template = 'template0'): Promise<Database> {
	await execute(serverUrl, `create database ${escapeIdentifier(name)} template ${escapeIdentifier(template)}`);
	return {
		name,
		url: urlOf(serverUrl, name),
		drop: () => execute(serverUrl, `drop database if exists ${escapeIdentifier(name)} with (force)`),
	};
}

async function disconnectAll(serverUrl: string, name: string): Promise<void> {
	await execute(serverUrl, 'select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = $1::text', [
		name,
	]);
}

async function execute(serverUrl: string, text: string, values: readonly string[] = []): Promise<void> {
	const client = new Client({ connectionString: serverUrl });
	await client.connect();
	try {
		await client.query(text, [...values]);
	} finally {
		await client.end();
	}
}

function urlOf(serverUrl: string, name: string): string {
	const url = new URL(serverUrl);
	url.pathname = `/${name}`;
	return url.href;
}

function uniqueName(prefix: string): string {
	return `${prefix}_${randomBytes(6).toString('hex')}`;
}
