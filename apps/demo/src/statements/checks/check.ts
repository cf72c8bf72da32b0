/** One thing that must hold, as a query for what breaks it. */
import type { Queryable } from '@cb/pg';
import { z } from 'zod';

/** What a violation means: work that vanished, was done twice, never ended, or records that contradict each other. */
export type Damage = 'lost' | 'doubled' | 'stuck' | 'inconsistent';

export interface Check {
	/** What holds, in words. */
	readonly name: string;
	readonly damage: Damage;
	/** Yields a row `subject, problem` for each violation. */
	readonly text: string;
}

export interface Violations {
	readonly name: string;
	readonly damage: Damage;
	readonly count: number;
	/** The first few, to start looking at. */
	readonly samples: readonly string[];
}

const sampleCount = 5;

const RowsSchema = z.array(z.object({ subject: z.string(), problem: z.string() }));

/** `undefined` when it holds. */
export async function findViolations(db: Queryable, { name, damage, text }: Check): Promise<Violations | undefined> {
	const violations = RowsSchema.parse((await db.query(text)).rows);
	if (violations.length === 0) return undefined;
	const samples = violations.slice(0, sampleCount).map(({ subject, problem }) => `${subject}: ${problem}`);
	return { name, damage, count: violations.length, samples };
}
