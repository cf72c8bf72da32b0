/**
 * Changes a text in the functions of the schema, in whichever it stands, and insists that it stands there once; in the two that settle for a
 * domain, which are made from one template, once in each.
 */
import { z } from 'zod';
import type { Query } from '../referee.ts';
import { ChaosError } from '../chaos-error.ts';

export interface SqlChange {
	readonly from: string;
	readonly to: string;
}

/** The templates that functions of a domain are made from do nothing themselves. */
const functionsText = `
	select p.proname as name, pg_get_functiondef(p.oid) as definition
	from pg_proc p
	where p.pronamespace in ('cb'::regnamespace, 'cb_domain'::regnamespace) and p.prokind = 'f'
		and p.proname not like 'define\\_%' and strpos(p.prosrc, $1::text) > 0`;

const FunctionsSchema = z.array(z.object({ name: z.string(), definition: z.string() }));

export async function changeFunctions(query: Query, { from, to }: SqlChange): Promise<void> {
	const functions = FunctionsSchema.parse(await query(functionsText, [from]));
	const places = functions.flatMap(({ name, definition }) =>
		Array.from({ length: definition.split(from).length - 1 }, () => name),
	);
	const templates = new Set(places.map((name) => name.replace(/__settle_any$/u, '__settle')));
	if (templates.size !== 1 || new Set(places).size < places.length) {
		throw new ChaosError(
			`In the functions of cb, "${from}" stands in ${places.join(', ') || 'none'}, not once in one.`,
		);
	}
	for (const { definition } of functions) await query(definition.replaceAll(from, () => to));
}
