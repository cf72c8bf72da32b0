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
		try {
			const preparing = prepareCommand(request, options);
			prepared.push(preparing instanceof Promise ? await preparing : preparing);
		} catch (error) {
			throw atPosition(index, error);
		}
	}
	return prepared;
}

function atPosition(index: number, error: unknown): unknown {
	if (!isCommandBusError(error, 'payload-invalid')) return error;
	const issues = error.issues.map((issue) => ({ ...issue, path: issue.path.replace(/^\$/, `$[${index}]`) }));
	return new PayloadInvalidError(`Command ${index} of the list: ${error.message}`, issues, { cause: error });
}
