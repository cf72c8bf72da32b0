/** The process manager of `@cb/process` on the connected store, loaded on first use. Reading needs no definition. */
import type { ProcessDefinition, ProcessManager } from '@cb/process';
import type { Context } from '../context.ts';

export async function openProcesses(
	context: Context,
	definitions: readonly ProcessDefinition[] = [],
): Promise<ProcessManager> {
	const [backend, { createProcessManager }] = await Promise.all([context.backend(), import('@cb/process')]);
	return createProcessManager(backend, definitions);
}
