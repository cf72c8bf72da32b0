import type { JsonValue } from '../model/json.ts';

/** The value as a database keeps it: a copy that is nobody's object, made as JSON is, so that a proxy counts as what it shows. */
export function storedJson<Value extends JsonValue>(value: Value): Value {
	return JSON.parse(JSON.stringify(value)) as Value;
}
