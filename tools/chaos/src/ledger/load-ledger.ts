/** Brings the ledgers of all processes into tables of the database, beside what it says itself, so that both can be compared in SQL. */
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Query } from '../referee.ts';

const columns: Readonly<Record<string, string>> = {
	sent: 'id uuid, what text, phase text, members uuid[], why text, at double precision',
	called:
		'id uuid, generation integer, attempt integer, worker text, phase text, token text, why text, at double precision',
	acted: 'id uuid, action text, operator text, phase text, why text, at double precision',
	bulk: 'id uuid, operator text, phase text, why text, at double precision',
};

const indexes = `
	create index on chaos.sent (id);
	create index on chaos.called (id);
	create index on chaos.acted (id);
	create index on chaos.effect (command_id);
	analyze;`;

const linesPerStatement = 20_000;

export async function loadLedger(query: Query, directory: string): Promise<void> {
	for (const [table, definition] of Object.entries(columns)) await query(`create table chaos.${table} (${definition})`);
	for (const file of await readdir(directory)) {
		const lines = (await readFile(join(directory, file), 'utf8')).split('\n').filter((line) => line !== '');
		for (let start = 0; start < lines.length; start += linesPerStatement) {
			await load(query, `[${lines.slice(start, start + linesPerStatement).join(',')}]`);
		}
	}
	await query(indexes);
}

async function load(query: Query, lines: string): Promise<void> {
	for (const [table, definition] of Object.entries(columns)) {
		await query(
			`insert into chaos.${table}
			select l.* from jsonb_path_query_array($1::jsonb, '$[*] ? (@.ledger == "${table}")') chosen, jsonb_to_recordset(chosen) as l (${definition})`,
			[lines],
		);
	}
}
