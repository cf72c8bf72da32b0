/** Ids for names and names for ids, the same in every run. */
const kinds = ['c', 'b', 'p'] as const;

export interface Names {
	/** The id of a thing, made up unless an adapter chose it. */
	idOf(name: string): string;
	/** The name of an id; the id itself when nobody named it. */
	nameOf(id: string): string;
	/** Names what an adapter gave an id to. */
	name(name: string, id: string): void;
}

export function createNames(): Names {
	const ids = new Map<string, string>();
	const names = new Map<string, string>();
	function name(known: string, id: string): void {
		ids.set(known, id);
		names.set(id, known);
	}
	return {
		name,
		idOf(wanted) {
			const known = ids.get(wanted) ?? madeUpId(wanted);
			name(wanted, known);
			return known;
		},
		nameOf: (id) => names.get(id) ?? id,
	};
}

/** c17 → 00000000-0000-4000-8000-c00000000017 */
function madeUpId(name: string): string {
	const kind = kinds.find((letter) => name.startsWith(letter)) ?? 'f';
	return `00000000-0000-4000-8000-${kind.replace('p', 'd')}${name.slice(1).padStart(11, '0')}`;
}
