/** Prepares an empty database for a system, in a process of its own: some keep the state of their set-up for the life of a process. */
import { Client } from 'pg';
import { parametersOf, serve } from '../child.ts';
import { loadSystem } from '../systems/index.ts';
import type { SystemName } from '../systems/system.ts';

const { system, url } = parametersOf() as { readonly system: SystemName; readonly url: string };

serve({
	async prepare() {
		await (await loadSystem(system)).prepare(url);
		if (!url.startsWith('postgres')) return;
		const client = new Client({ connectionString: url });
		await client.connect();
		await client.query(
			'create table business (id bigint generated always as identity primary key, number bigint not null, note text not null)',
		);
		await client.end();
	},
});
