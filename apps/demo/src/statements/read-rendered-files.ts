/** The files that must lie on disk: those of the finished reports. */
import type { Queryable } from '@cb/pg';
import { z } from 'zod';

const text = `
	select jsonb_array_elements_text(p.state -> 'files') as file
	from cb.process p
	where p.process_type = 'StatementReport' and p.status = 'COMPLETED'`;

const RowsSchema = z.array(z.object({ file: z.string() }));

export async function readRenderedFiles(db: Queryable): Promise<readonly string[]> {
	return RowsSchema.parse((await db.query(text)).rows).map(({ file }) => file);
}
