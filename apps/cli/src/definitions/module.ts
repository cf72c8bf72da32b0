/** Definitions are code: they come from a module that exports them, and nothing else here runs code of somebody else. */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { usageError } from '../cli-error.ts';
import type { Context } from '../context.ts';

export interface DefinitionFlags {
	readonly definitions?: string | undefined;
}

export const definitionsFlag = [
	'--definitions <path.js>',
	"module that exports the definitions (else the demo's, on the demo's database)",
] as const;

export interface DefinitionModule {
	readonly file: string;
	/** Everything it exports, lists taken apart. */
	readonly exported: readonly unknown[];
}

/** `undefined` when no module is named; throws a usage error when the named one cannot be loaded. */
export async function findModule(context: Context, flags: DefinitionFlags): Promise<DefinitionModule | undefined> {
	const file = flags.definitions ?? context.demoDefinitions();
	if (file === undefined) return undefined;
	const exported: readonly unknown[] = Object.values(await importModule(file));
	return { file, exported: exported.flatMap(listed) };
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

function listed(value: unknown): readonly unknown[] {
	if (!Array.isArray(value)) return [value];
	const list: readonly unknown[] = value;
	return list;
}
