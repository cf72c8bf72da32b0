import { asRows, text as textOf } from '../rows/columns.ts';
import type { Queryable } from '../queryable.ts';

/** An object of schema `cb` and its definition, as the catalog prints it. */
export interface SchemaObject {
	readonly name: string;
	readonly definition: string;
}

// The two views over the queues differ from database to database: they list its domains.
const text = `
	select name, coalesce(definition, '') as definition
	from (
		select 'table ' || t.oid::regclass::text as name,
			coalesce((
				select string_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
						|| case when a.attnotnull then ' not null' else '' end
						|| case when a.attidentity <> '' then ' generated always as identity' else '' end
						|| coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), ''), E'\\n' order by a.attnum)
				from pg_attribute a
				left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
				where a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
			), '') || coalesce(E'\\nwith ' || (select string_agg(option, ', ' order by option) from unnest(t.reloptions) option), '') as definition
		from pg_class t
		where t.relnamespace = to_regnamespace('cb') and t.relkind in ('r', 'p')
		union all
		select 'constraint ' || c.conrelid::regclass::text || ' ' || c.conname, pg_get_constraintdef(c.oid)
		from pg_constraint c
		where c.connamespace = to_regnamespace('cb') and c.contype <> 'n' and c.contypid = 0
		union all
		select 'domain ' || t.oid::regtype::text, format_type(t.typbasetype, t.typtypmod)
			|| coalesce((select string_agg(E'\n' || c.conname || ' ' || pg_get_constraintdef(c.oid), '' order by c.conname) from pg_constraint c where c.contypid = t.oid), '')
		from pg_type t
		where t.typnamespace = to_regnamespace('cb') and t.typtype = 'd'
		union all
		select 'index ' || i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid)
		from pg_index i
		join pg_class t on t.oid = i.indrelid
		where t.relnamespace = to_regnamespace('cb')
		union all
		select 'view ' || v.oid::regclass::text, pg_get_viewdef(v.oid)
		from pg_class v
		where v.relnamespace = to_regnamespace('cb') and v.relkind = 'v' and v.relname not in ('live_message', 'archived_message')
		union all
		select 'function ' || p.oid::regprocedure::text, pg_get_functiondef(p.oid)
		from pg_proc p
		where p.pronamespace = to_regnamespace('cb')
	) object
	order by name collate "C"`;

// The catalog leaves out the schema of whatever the search path finds.
const searchPathText = `
	select set_config('search_path', 'pg_catalog', false)`;

/** Every table, constraint, domain, index, view and function of schema `cb`, by name. Leaves the session with a search path of its own. */
export async function describeSchema(db: Queryable): Promise<readonly SchemaObject[]> {
	await db.query(searchPathText);
	const { rows } = await db.query(text);
	return asRows(rows).map((row) => ({ name: textOf(row, 'name'), definition: textOf(row, 'definition') }));
}

const separator = '\n-- object: ';

/** The form in which a schema is reviewed and compared. */
export function schemaText(objects: readonly SchemaObject[]): string {
	return `-- Generated from the migrations; reviewed, never edited.${objects
		.map(({ name, definition }) => `${separator}${name}\n${definition.trimEnd()}`)
		.join('\n')}\n`;
}

export function schemaObjectsOf(schema: string): readonly SchemaObject[] {
	return schema
		.split(separator)
		.slice(1)
		.map((part) => {
			const [name = '', ...definition] = part.trimEnd().split('\n');
			return { name, definition: definition.join('\n') };
		});
}

/** Makes restored functions run with the owner's rights again, and for nobody who was not granted them. */
export const secureStatement = 'select cb.secure_functions();';

/** What makes an object as it should be; none for tables, whose rows are at stake, and for what is not ours. */
export function restoreStatement(
	{ name, definition }: { readonly name: string; readonly definition: string | undefined },
	isThere: boolean,
): string | undefined {
	const [type = '', object = '', detail = ''] = name.split(' ');
	return definition === undefined ? undefined : restoreByType.get(type)?.({ object, detail, definition, isThere });
}

interface Restored {
	readonly object: string;
	readonly detail: string;
	readonly definition: string;
	readonly isThere: boolean;
}

const restoreByType = new Map<string, (restored: Restored) => string>([
	['function', ({ definition }) => `${definition};`],
	['view', ({ object, definition }) => `create or replace view ${object} as\n${definition.replace(/;$/u, '')};`],
	['index', ({ object, definition, isThere }) => `${isThere ? `drop index ${object};\n` : ''}${definition};`],
	[
		'constraint',
		({ object, detail, definition, isThere }) =>
			`${isThere ? `alter table ${object} drop constraint ${detail};\n` : ''}alter table ${object} add constraint ${detail} ${definition};`,
	],
]);
