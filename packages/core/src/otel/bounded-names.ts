/** Keeps the number of a metric's series bounded: so many names are told apart, all others are one. */
export function createBoundedNames(limit: number): (name: string) => string {
	const known = new Set<string>();
	return (name) => {
		if (!known.has(name) && known.size >= limit) return 'other';
		known.add(name);
		return name;
	};
}
