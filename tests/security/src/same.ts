/** Whether two values are the same to whoever uses them as data: every key, symbols too, and every number, -0 too. */
export function isSame(one: unknown, other: unknown): boolean {
	if (typeof one !== 'object' || one === null || typeof other !== 'object' || other === null)
		return Object.is(one, other);
	if (Array.isArray(one) !== Array.isArray(other)) return false;
	const keys = keysOf(one);
	return (
		keys.length === keysOf(other).length &&
		keys.every((key) => Object.hasOwn(other, key) && isSame(Reflect.get(one, key), Reflect.get(other, key)))
	);
}

function keysOf(value: object): readonly PropertyKey[] {
	return Reflect.ownKeys(value).filter((key) => Object.prototype.propertyIsEnumerable.call(value, key));
}
