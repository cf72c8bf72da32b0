/** The database of a run: migrated, with its domain, the tables of the application beside it, and a role that can do no more than it needs. */
import { grantRole, migrate } from '@cb/pg';
import { createFreshDatabase, createTemplate } from '@cb/test-postgres';
import type { Database } from '@cb/test-postgres';
import { randomBytes } from 'node:crypto';
import { completionQueue, domain } from './load/commands.ts';
import { withReferee } from './referee.ts';

export interface ChaosTemplate {
	readonly name: string;
	/** The role that every child connects as. */
	readonly user: string;
	readonly password: string;
}

const applicationTables = `
	create schema chaos;
	create table chaos.purchase (command_id uuid not null);
	-- Nothing here stops a second row: that there is none is what is to be shown.
	create table chaos.effect (command_id uuid not null, generation integer not null, attempt integer not null, token text not null);
	-- Messages put on the queues by the run itself, and whether they must be found set aside.
	create table chaos.poison (queue text not null, msg_id bigint not null, is_set_aside boolean not null);`;

export async function prepareTemplate(serverUrl: string): Promise<ChaosTemplate> {
	const user = 'chaos_application';
	const password = randomBytes(12).toString('hex');
	await withReferee(serverUrl, (query) => query(`create role ${user} login password '${password}'`));
	const { name } = await createTemplate(serverUrl, 'chaos', async (url) => {
		await migrate(url);
		await withReferee(url, async (query) => {
			await query('select cb.create_domain(domain => $1::text)', [domain]);
			await query('select cb.create_reply_queue(queue => $1::text)', [completionQueue]);
			await query(applicationTables);
			await query(`grant usage on schema chaos to ${user}`);
			await query(`grant select, insert on chaos.purchase, chaos.effect to ${user}`);
		});
		for (const kind of ['sender', 'worker', 'operator'] as const) await grantRole(url, user, kind);
	});
	return { name, user, password };
}

export async function openDatabase(serverUrl: string, template: ChaosTemplate): Promise<Database> {
	return createFreshDatabase(serverUrl, template.name);
}

/** Where the children connect to: as their own role, so that nothing of a superuser's privileges helps them. */
export function applicationUrl(databaseUrl: string, { user, password }: ChaosTemplate): string {
	const url = new URL(databaseUrl);
	url.username = user;
	url.password = password;
	return url.href;
}
