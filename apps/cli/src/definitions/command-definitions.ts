/** The command definitions of a module: what an operator's payloads and results are checked against. */
import type { CommandDefinition } from '@cb/core';
import { usageError } from '../cli-error.ts';
import type { Context } from '../context.ts';
import { findModule } from './module.ts';
import type { DefinitionFlags } from './module.ts';
import { isProcessDefinition } from './process-definitions.ts';

/** None when no module is named. Those of the steps of process definitions are among them. */
export async function findCommandDefinitions(
	context: Context,
	flags: DefinitionFlags,
): Promise<readonly CommandDefinition[]> {
	const module = await findModule(context, flags);
	if (module === undefined) return [];
	const ofSteps = module.exported
		.filter(isProcessDefinition)
		.flatMap(({ steps }) => steps.map(({ command }) => command));
	const definitions = [...new Set([...module.exported.filter(isCommandDefinition), ...ofSteps])];
	if (definitions.length > 0) return definitions;
	throw usageError(
		`--definitions: "${module.file}" exports no command or process definition; nothing was done.`,
		'Export what defineCommand() or defineProcess() returned, each by a name of its own.',
	);
}

function isCommandDefinition(value: unknown): value is CommandDefinition {
	if (typeof value !== 'object' || value === null) return false;
	const fields = new Map<string, unknown>(Object.entries(value));
	const data = fields.get('data');
	return (
		['type', 'domain'].every((name) => typeof fields.get(name) === 'string') &&
		(typeof data === 'object' || typeof data === 'function') &&
		data !== null &&
		'~standard' in data
	);
}
