/** From what a sender says to what the store takes: everything validated and every id decided, before any call of the store. */
import { PayloadInvalidError, PayloadTooLargeError } from '../errors.ts';
import type { NewCommand } from '../model/command-record.ts';
import type { JsonValue } from '../model/json.ts';
import type { MessageHeaders } from '../model/message.ts';
import { newId } from '../model/new-id.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import { carriedHeaders } from '../safe-telemetry.ts';
import { issueText, parseArgument } from '../parse-input.ts';
import { CommandOptionsSchema } from './command-request.ts';
import type { CommandRequest } from './command-request.ts';
import { validateStorable } from './validate-data.ts';
import type { Validated } from './validate-data.ts';

/** A command ready for the store, and how much it weighs on the wire. */
export interface PreparedCommand {
	readonly command: NewCommand;
	readonly bytes: number;
}

export interface PrepareOptions {
	readonly maxPayloadBytes: number;
	/** What knows the headers that carry the sender's trace. */
	readonly telemetry: Telemetry | undefined;
}

/**
 * Throws, or rejects with, `InvalidArgumentError`, `PayloadInvalidError` or `PayloadTooLargeError`. Returns a promise only when the definition's
 * schema is asynchronous.
 */
export function prepareCommand(
	request: CommandRequest,
	options: PrepareOptions,
): PreparedCommand | Promise<PreparedCommand> {
	const { definition, data } = request;
	const said = request.options === undefined ? undefined : parseOptions(request);
	const validated = validateStorable(definition.data, data);
	const finish = (outcome: Validated<JsonValue>): PreparedCommand => {
		const value = storableOf(request, outcome);
		const bytes = payloadBytes(request, value, options.maxPayloadBytes);
		return {
			command: newCommand(request, said, {
				data: value,
				traceHeaders: options.telemetry?.carry && carriedHeaders(options.telemetry),
			}),
			bytes,
		};
	};
	return validated instanceof Promise ? validated.then(finish) : finish(validated);
}

type ParsedOptions = ReturnType<typeof parseOptions>;

function parseOptions({ definition, options }: CommandRequest) {
	return parseArgument(CommandOptionsSchema, options, `Sending "${definition.type}": an option`);
}

function newCommand(
	{ definition }: CommandRequest,
	said: ParsedOptions | undefined,
	content: { readonly data: JsonValue; readonly traceHeaders: MessageHeaders | undefined },
): NewCommand {
	const { retry, commandId = newId(), correlationId = newId(), headers, ...rest } = said ?? {};
	const allHeaders = content.traceHeaders === undefined ? headers : { ...content.traceHeaders, ...headers };
	return {
		...rest,
		domain: definition.domain,
		commandId,
		commandType: definition.type,
		data: content.data,
		correlationId,
		headers: allHeaders,
		maxAttempts: retry?.maxAttempts,
		backoff: retry?.backoff,
	};
}

function storableOf({ definition }: CommandRequest, validated: Validated<JsonValue>): JsonValue {
	if (validated.kind === 'valid') return validated.value;
	throw new PayloadInvalidError(
		`The payload of "${definition.type}" does not match its schema: ${issueText(validated.issues)}. Nothing was stored.`,
		validated.issues,
	);
}

function payloadBytes({ definition }: CommandRequest, value: JsonValue, limitBytes: number): number {
	const bytes = Buffer.byteLength(JSON.stringify(value));
	if (bytes > limitBytes) throw new PayloadTooLargeError(`The payload of "${definition.type}"`, bytes, limitBytes);
	return bytes;
}
