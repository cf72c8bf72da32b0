/** The process definitions of a module: what starting and overriding a process needs, and reading does not. */
import type { ProcessDefinition } from '@cb/process';
import { usageError } from '../cli-error.ts';
import type { Context } from '../context.ts';
import { findModule } from './module.ts';
import type { DefinitionFlags } from './module.ts';

/** Throws a usage error when no module is named, it cannot be loaded, or it exports none. */
export async function loadDefinitions(context: Context, flags: DefinitionFlags): Promise<readonly ProcessDefinition[]> {
	const found = await findDefinitions(context, flags);
	if (found !== undefined) return found;
	throw usageError(
		'Process definitions are code, and it is not said where they are; nothing was done.',
		'Say --definitions <path.js>: a module that exports what defineProcess() returned.',
	);
}

/** The same for what can do without: `undefined` when no module is named. */
export async function findDefinitions(
	context: Context,
	flags: DefinitionFlags,
): Promise<readonly ProcessDefinition[] | undefined> {
	const module = await findModule(context, flags);
	if (module === undefined) return undefined;
	const definitions = [...new Set(module.exported.filter(isProcessDefinition))];
	if (definitions.length > 0) return definitions;
	throw usageError(
		`--definitions: "${module.file}" exports no process definition; nothing was done.`,
		'Export what defineProcess() returned, each by a name of its own.',
	);
}

/** Throws a usage error that names the types there are. */
export function definitionOf(definitions: readonly ProcessDefinition[], type: string): ProcessDefinition {
	const definition = definitions.find((each) => each.type === type);
	if (definition !== undefined) return definition;
	throw usageError(
		`There is no definition of "${type}"; nothing was done.`,
		`Defined are: ${definitions.map((each) => each.type).join(', ')}. Another module: --definitions <path.js>`,
	);
}

export function isProcessDefinition(value: unknown): value is ProcessDefinition {
	if (typeof value !== 'object' || value === null) return false;
	const fields = new Map<string, unknown>(Object.entries(value));
	return (
		['type', 'domain'].every((name) => typeof fields.get(name) === 'string') &&
		['begin', 'resume'].every((name) => typeof fields.get(name) === 'function') &&
		Array.isArray(fields.get('steps'))
	);
}
