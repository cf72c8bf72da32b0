import type { StandardSchemaV1 } from '@standard-schema/spec';

/** A path in a value as text, the same everywhere: `$` is the value itself, `$.lines[2].price` a place in it. */
export function pathText(path: readonly (PropertyKey | StandardSchemaV1.PathSegment)[] = []): string {
	return path.reduce<string>((text, segment) => text + segmentText(segment), '$');
}

function segmentText(segment: PropertyKey | StandardSchemaV1.PathSegment): string {
	const key = typeof segment === 'object' ? segment.key : segment;
	return typeof key === 'number' ? `[${key}]` : `.${String(key)}`;
}
