/** Where a server really keeps its data. */
import type { Queryable } from '@cb/pg';
import { z } from 'zod';

const text = `
	select current_setting('data_directory') as "dataDirectory"`;

const RowsSchema = z.tuple([z.object({ dataDirectory: z.string() })]);

export async function readDataDirectory(db: Queryable): Promise<string> {
	return RowsSchema.parse((await db.query(text)).rows)[0].dataDirectory;
}
