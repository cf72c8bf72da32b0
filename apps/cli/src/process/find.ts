import type { LoadedProcess } from '@cb/core';
import type { ProcessManager } from '@cb/process';

/** Throws `InvalidArgumentError` for what is no id, and `ProcessNotFoundError`. */
export async function findProcess(processes: ProcessManager, processId: string): Promise<LoadedProcess> {
	const { IdSchema, ProcessNotFoundError, parseArgument } = await import('@cb/core');
	const loaded = await processes.get(parseArgument(IdSchema, processId, 'The process id'));
	if (loaded === undefined) throw new ProcessNotFoundError(processId);
	return loaded;
}
