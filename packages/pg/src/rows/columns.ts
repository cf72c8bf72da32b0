/**
 * Where unknown becomes known: a row as the driver hands it over, column by column. bigint columns arrive as text, timestamptz as Date, jsonb
 * as parsed JSON. The only `as` of this package lives here and in its siblings.
 */
import type { JsonValue } from '@cb/core';

export type Row = Readonly<Record<string, unknown>>;

/** The rows of a result whose columns a sibling of this file decodes. */
export function asRows(rows: readonly unknown[]): readonly Row[] {
	return rows as readonly Row[];
}

export function text(row: Row, name: string): string {
	return row[name] as string;
}

export function textOrNull(row: Row, name: string): string | null {
	return row[name] as string | null;
}

export function texts(row: Row, name: string): readonly string[] {
	return row[name] as readonly string[];
}

export function flag(row: Row, name: string): boolean {
	return row[name] === true;
}

/** A number, also where it arrives as the text of a bigint. */
export function number(row: Row, name: string): number {
	return Number(row[name]);
}

export function numberOrNull(row: Row, name: string): number | null {
	return row[name] === null ? null : Number(row[name]);
}

export function date(row: Row, name: string): Date {
	return row[name] as Date;
}

export function json(row: Row, name: string): JsonValue {
	return row[name] as JsonValue;
}

/** A jsonb column whose values are objects, or null. */
export function jsonObject(row: Row, name: string): Readonly<Record<string, unknown>> | null {
	return row[name] as Readonly<Record<string, unknown>> | null;
}
