import { PayloadInvalidError } from '../errors.ts';
import { isCommandBusError } from '../errors.ts';
import type { CommandRequest } from './command-request.ts';
import { prepareCommand } from './prepare-command.ts';
import type { PrepareOptions, PreparedCommand } from './prepare-command.ts';

/** Prepares every request before any is stored. An invalid payload is reported with its position: `$[3].amount`. */
export async function prepareAll(
	requests: readonly CommandRequest[],
	options: PrepareOptions,
): Promise<readonly PreparedCommand[]> {
	const prepared: PreparedCommand[] = [];
	for (const [index, request] of requests.entries()) {
		prepared.push(await prepareOne(request, index, options));
	}
	return prepared;
}

async function prepareOne(request: CommandRequest, index: number, options: PrepareOptions): Promise<PreparedCommand> {
	try {
		return await prepareCommand(request, options);
	} catch (error) {
		if (!isCommandBusError(error, 'payload-invalid')) throw error;
		const issues = error.issues.map((issue) => ({ ...issue, path: issue.path.replace(/^\$/, `$[${index}]`) }));
		throw new PayloadInvalidError(`Command ${index} of the list: ${error.message}`, issues, { cause: error });
	}
}
