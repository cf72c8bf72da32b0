/** The definitions that a manager or a router works with, by type. */
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { ConfigurationError } from '@cb/core';
import type { CommandDefinition } from '@cb/core';
import type { ProcessDefinition } from './process-definition.ts';

export type DefinitionRegistry = ReadonlyMap<string, ProcessDefinition>;

/** Throws `ConfigurationError` when two definitions have one type. */
export function registerDefinitions(definitions: readonly ProcessDefinition[]): DefinitionRegistry {
	const byType = new Map<string, ProcessDefinition>();
	for (const definition of definitions) {
		const known = byType.get(definition.type);
		if (known !== undefined && known !== definition) {
			throw new ConfigurationError(`Two process definitions have the type "${definition.type}". Types are unique.`);
		}
		byType.set(definition.type, definition);
	}
	return byType;
}

/** Finds the definition of a command by its address; `undefined` for a command that no step sends. */
export type CommandLookup = (domain: string, commandType: string) => CommandDefinition | undefined;

/**
 * Every command that the steps of these processes send, for whoever has to check a result or a payload against its schema: an operator's
 * `complete` and `amendAndRetry` in `@cb/ops`, for instance.
 */
export function commandLookup(definitions: readonly ProcessDefinition[]): CommandLookup {
	const commands = new Map(
		definitions.flatMap(({ steps }) => steps.map(({ command }) => [keyOf(command.domain, command.type), command])),
	);
	return (domain, commandType) => commands.get(keyOf(domain, commandType));
}

/** The schema of what a command returns; `undefined` when it has none, or when no step sends the command. */
export function resultSchemaLookup(
	definitions: readonly ProcessDefinition[],
): (domain: string, commandType: string) => StandardSchemaV1 | undefined {
	const find = commandLookup(definitions);
	return (domain, commandType) => find(domain, commandType)?.result;
}

function keyOf(domain: string, commandType: string): string {
	return `${domain}/${commandType}`;
}
