/** The definitions a queue was given: what payloads and results of which command must look like. */
import {
	ConfigurationError,
	PayloadInvalidError,
	PayloadTooLargeError,
	checkStorable,
	validateStorable,
} from '@cb/core';
import type { CommandDefinition, JsonValue } from '@cb/core';

/** Checks what an operator wants to store. Each method returns what is to be stored: the schema's output. */
export interface PayloadChecker {
	/** False when no definition has a result schema: then nothing needs to be known of a command to complete it. */
	readonly knowsResults: boolean;
	/** Throws `PayloadInvalidError` with the paths, or `PayloadTooLargeError`. */
	data(command: CommandKind, value: JsonValue): Promise<JsonValue>;
	/** The same for a result. */
	result(command: CommandKind, value: JsonValue): Promise<JsonValue>;
	/** What holds for every result, whatever the command. */
	anyResult(value: JsonValue): JsonValue;
}

interface CommandKind {
	readonly domain: string;
	readonly commandType: string;
}

/** Throws `ConfigurationError` when two definitions claim the same command. */
export function createPayloadChecker(
	definitions: readonly CommandDefinition[],
	maxPayloadBytes: number,
): PayloadChecker {
	const byKind = indexed(definitions);
	const find = (kind: CommandKind): CommandDefinition | undefined => byKind.get(keyOf(kind.domain, kind.commandType));
	const anyResult = (value: JsonValue): JsonValue =>
		sized('The result', storable('The result', value), maxPayloadBytes);
	return {
		knowsResults: definitions.some(({ result }) => result !== undefined),
		anyResult,
		async data(kind, value) {
			const subject = `The payload of "${kind.commandType}"`;
			const checked = await checkedBy(find(kind)?.data, value, subject);
			return sized(subject, checked, maxPayloadBytes);
		},
		async result(kind, value) {
			const subject = `The result of "${kind.commandType}"`;
			const checked = await checkedBy(find(kind)?.result, value, subject);
			return sized(subject, checked, maxPayloadBytes);
		},
	};
}

function indexed(definitions: readonly CommandDefinition[]): ReadonlyMap<string, CommandDefinition> {
	const byKind = new Map<string, CommandDefinition>();
	for (const definition of definitions) {
		const key = keyOf(definition.domain, definition.type);
		if (byKind.has(key) && byKind.get(key) !== definition) {
			throw new ConfigurationError(`Two definitions of "${definition.type}" in domain "${definition.domain}".`);
		}
		byKind.set(key, definition);
	}
	return byKind;
}

async function checkedBy(
	schema: CommandDefinition['data'] | undefined,
	value: JsonValue,
	subject: string,
): Promise<JsonValue> {
	if (schema === undefined) return storable(subject, value);
	const validated = await validateStorable(schema, value);
	if (validated.kind === 'valid') return validated.value;
	throw new PayloadInvalidError(`${subject} does not match its schema; nothing was changed.`, validated.issues);
}

function storable(subject: string, value: JsonValue): JsonValue {
	const checked = checkStorable(value);
	if (checked.kind === 'valid') return checked.value;
	throw new PayloadInvalidError(`${subject} cannot be stored; nothing was changed.`, checked.issues);
}

function sized(subject: string, value: JsonValue, limitBytes: number): JsonValue {
	const bytes = new TextEncoder().encode(JSON.stringify(value)).byteLength;
	if (bytes > limitBytes) throw new PayloadTooLargeError(subject, bytes, limitBytes);
	return value;
}

function keyOf(domain: string, commandType: string): string {
	return `${domain}/${commandType}`;
}
