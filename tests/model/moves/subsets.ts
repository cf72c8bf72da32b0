/** Every subset of what may be passed over, the empty one first. */
export function* subsetsOf(items: readonly number[]): Generator<readonly number[]> {
	const [first, ...others] = items;
	if (first === undefined) yield [];
	else {
		for (const subset of subsetsOf(others)) {
			yield subset;
			yield [first, ...subset];
		}
	}
}
