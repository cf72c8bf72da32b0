/** The read side of commands. */
import type { CommandQuery } from '@cb/core';
import { parsePage } from './page-rows.ts';
import type { Database } from './database.ts';
import { listCommands } from './statements/list-commands.ts';
import { readCommands } from './statements/read-commands.ts';
import { readHistory } from './statements/read-history.ts';

export function createCommandQuery(database: Database): CommandQuery {
	return {
		getMany: (addresses) => database.runRepeatable((db) => readCommands(db, addresses)),
		async list(filter, page) {
			const parsed = parsePage(page, 'time', 'domain', 'id');
			return database.runRepeatable((db) => listCommands(db, filter, parsed));
		},
		history: (address) => database.runRepeatable((db) => readHistory(db, address)),
	};
}
