/**
 * Where unknown becomes known: a row as the driver hands it over, column by column. bigint columns arrive as text, timestamptz as Date, jsonb
 * as parsed JSON. The only `as` of this package lives here and in its siblings.
 */
export type Row = Readonly<Record<string, unknown>>;

/** The rows of a result whose columns a sibling of this file decodes. */
export function asRows(rows: readonly unknown[]): readonly Row[] {
	return rows as readonly Row[];
}

/** A single row's column, as the type that the statement casts it to. */
export function column<Value>(row: Row, name: string): Value {
	return row[name] as Value;
}
