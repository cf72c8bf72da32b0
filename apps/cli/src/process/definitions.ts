/** Process definitions are code: they come from a module that exports them, and nothing else here runs foreign code. */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ProcessDefinition } from '@cb/process';
import { usageError } from '../cli-error.ts';
import type { Context } from '../context.ts';

export interface DefinitionFlags {
	readonly definitions?: string | undefined;
}

export const definitionsFlag = [
	'--definitions <path.js>',
	"module that exports the process definitions (else the demo's, on the demo's database)",
] as const;

/** Throws a usage error when no module is named, or it cannot be loaded, or exports none. */
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
	{ definitions }: DefinitionFlags,
): Promise<readonly ProcessDefinition[] | undefined> {
	const file = definitions ?? context.demoDefinitions();
	return file === undefined ? undefined : definitionsIn(file);
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

async function definitionsIn(file: string): Promise<readonly ProcessDefinition[]> {
	const exported: readonly unknown[] = Object.values(await importModule(file));
	const definitions = [...new Set(exported.flatMap(listed).filter(isDefinition))];
	if (definitions.length > 0) return definitions;
	throw usageError(
		`--definitions: "${file}" exports no process definition; nothing was done.`,
		'Export what defineProcess() returned, each by a name of its own.',
	);
}

/** A module may export a list of them, too. */
function listed(value: unknown): readonly unknown[] {
	if (!Array.isArray(value)) return [value];
	const list: readonly unknown[] = value;
	return list;
}

async function importModule(file: string): Promise<object> {
	try {
		const module: unknown = await import(pathToFileURL(resolve(file)).href);
		return typeof module === 'object' && module !== null ? module : {};
	} catch (error) {
		const reason = error instanceof Error ? error.message : String(error);
		throw usageError(
			`--definitions: "${file}" cannot be loaded (${reason}).`,
			'Check the path; it begins at the working directory.',
		);
	}
}

function isDefinition(value: unknown): value is ProcessDefinition {
	if (typeof value !== 'object' || value === null) return false;
	const fields = new Map<string, unknown>(Object.entries(value));
	return (
		['type', 'domain'].every((name) => typeof fields.get(name) === 'string') &&
		['begin', 'resume'].every((name) => typeof fields.get(name) === 'function') &&
		Array.isArray(fields.get('steps'))
	);
}
