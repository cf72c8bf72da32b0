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

/**
 * Every command that the steps of these processes send, each once: what `@cb/ops` takes as `definitions` to check what an operator completes or
 * amends a command with.
 */
export function commandsOf(definitions: readonly ProcessDefinition[]): readonly CommandDefinition[] {
	return [...new Set(definitions.flatMap(({ steps }) => steps.map(({ command }) => command)))];
}

/** The schema of what a command returns; `undefined` when it has none, or when no step sends the command. */
export function resultSchemaLookup(
	definitions: readonly ProcessDefinition[],
): (domain: string, commandType: string) => StandardSchemaV1 | undefined {
	const commands = commandsOf(definitions);
	return (domain, commandType) =>
		commands.find((command) => command.domain === domain && command.type === commandType)?.result;
}
