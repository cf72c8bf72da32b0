/** What differs between two observations, one line for each place. */
export function differences(seen: unknown, expected: unknown, at = ''): readonly string[] {
	if (isBranch(seen) && isBranch(expected)) {
		const keys = new Set([...Object.keys(seen), ...Object.keys(expected)]);
		return [...keys].flatMap((key) => differences(seen[key], expected[key], at === '' ? key : `${at}.${key}`));
	}
	const [is, shouldBe] = [JSON.stringify(seen), JSON.stringify(expected)];
	return is === shouldBe ? [] : [`${at}: the adapter says ${is}, the model ${shouldBe}`];
}

function isBranch(value: unknown): value is Readonly<Record<string, unknown>> {
	return typeof value === 'object' && value !== null;
}
