/** One thing that must hold, as a query for what breaks it. */
import { z } from 'zod';
import type { Query } from '../referee.ts';

/** What a violation means: work that vanished, was done twice, never ended, or records that contradict each other. */
export type Damage = 'lost' | 'doubled' | 'stuck' | 'inconsistent';

export interface Check {
	/** What holds, in words. */
	readonly name: string;
	readonly damage: Damage;
	/** Yields a row `subject, problem` for each violation. */
	readonly text: string;
	/** Whether it is asked only where the server could not forget leases. @default false */
	readonly needsLeases?: boolean;
}

export interface Violation {
	readonly name: string;
	readonly damage: Damage;
	readonly count: number;
	/** The first few, to start looking at. */
	readonly samples: readonly string[];
}

const sampleCount = 5;

const RowsSchema = z.array(z.object({ subject: z.string(), problem: z.string() }));

/** `undefined` when it holds. */
export async function findViolations(query: Query, { name, damage, text }: Check): Promise<Violation | undefined> {
	const rows = RowsSchema.parse(await query(text));
	if (rows.length === 0) return undefined;
	const samples = rows.slice(0, sampleCount).map(({ subject, problem }) => `${subject}: ${problem}`);
	return { name, damage, count: rows.length, samples };
}
