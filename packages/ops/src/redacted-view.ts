/** Where values of a command are shown: every place at which a `redact` hook is asked, in one file. */
import type {
	AuditEvent,
	CommandGeneration,
	CommandRecord,
	JsonObject,
	JsonValue,
	Operator,
	TroubleshootingItem,
} from '@cb/core';
import { isJsonObject } from './json-value.ts';
import { JsonPatchSchema, patched, valueAt } from './json-patch.ts';
import type { PatchOperation } from './json-patch.ts';
import { redactedMark } from './redaction.ts';
import type { Redact, RedactionContext } from './redaction.ts';

/** Everything there is to know about one command. */
export interface CommandDetails {
	/** `undefined` unless it is parked now. */
	readonly item: TroubleshootingItem | undefined;
	readonly command: CommandRecord;
	/** The audit trail, in order of writing. */
	readonly history: readonly AuditEvent[];
	/** The messages that are still there, newest generation first: the payload as it was sent, and as it was amended. */
	readonly generations: readonly CommandGeneration[];
}

/** Shows things to one operator. */
export interface View {
	item(item: TroubleshootingItem): Promise<TroubleshootingItem>;
	payload(item: TroubleshootingItem): Promise<JsonValue>;
	details(details: CommandDetails): Promise<CommandDetails>;
}

export function createView(redact: Redact | undefined, operator: Operator | undefined): View {
	if (redact === undefined) return plainView;
	const maskFor = (item: RedactionContext['item']): Mask => {
		const { domain, commandId, commandType } = item;
		return async (value, part) =>
			value === null ? null : redact(value, { item: { domain, commandId, commandType }, operator, part });
	};
	const showItem = async (item: TroubleshootingItem): Promise<TroubleshootingItem> => maskedItem(item, maskFor(item));
	return {
		item: showItem,
		payload: (item) => maskFor(item)(item.payload, 'payload'),
		async details({ item, command, history, generations }) {
			const mask = maskFor(command);
			return {
				item: item === undefined ? undefined : await showItem(item),
				command: await maskedRecord(command, mask),
				history: await Promise.all(history.map((event) => maskedEvent(event, generations, mask))),
				generations: await Promise.all(
					generations.map(async (generation) => ({ ...generation, data: await mask(generation.data, 'payload') })),
				),
			};
		},
	};
}

const plainView: View = {
	item: (item) => Promise.resolve(item),
	payload: (item) => Promise.resolve(item.payload),
	details: (details) => Promise.resolve(details),
};

type Mask = (value: JsonValue, part: RedactionContext['part']) => Promise<JsonValue>;

async function maskedItem(item: TroubleshootingItem, mask: Mask): Promise<TroubleshootingItem> {
	return {
		...item,
		payload: await mask(item.payload, 'payload'),
		lastErrorDetails: await mask(item.lastErrorDetails, 'error-details'),
	};
}

async function maskedRecord(command: CommandRecord, mask: Mask): Promise<CommandRecord> {
	const { lastError } = command;
	return {
		...command,
		result: await mask(command.result, 'result'),
		lastError: lastError === null ? null : { ...lastError, details: await mask(lastError.details, 'error-details') },
	};
}

async function maskedEvent(
	event: AuditEvent,
	generations: readonly CommandGeneration[],
	mask: Mask,
): Promise<AuditEvent> {
	const { error, result, amendment } = event.details;
	const details: JsonObject = {
		...event.details,
		...(isJsonObject(error)
			? { error: { ...error, details: await mask(error['details'] ?? null, 'error-details') } }
			: {}),
		...(result === undefined ? {} : { result: await mask(result, 'result') }),
		...(isJsonObject(amendment)
			? { amendment: await maskedAmendment(amendment, parkedPayload(event, generations), mask) }
			: {}),
	};
	return { ...event, details };
}

/** The payload that an amendment was made from: that of the generation before the one the retry began. */
function parkedPayload(event: AuditEvent, generations: readonly CommandGeneration[]): JsonValue | undefined {
	const messageId = event.details['previousMessageId'];
	return generations.find((generation) => generation.messageId === messageId)?.data;
}

/** Keeps which paths were changed, and takes their values from the masked payload; all are masked when that cannot be made any more. */
async function maskedAmendment(amendment: JsonObject, before: JsonValue | undefined, mask: Mask): Promise<JsonObject> {
	const patch = JsonPatchSchema.safeParse(amendment['diff']);
	if (!patch.success) return { ...amendment, diff: redactedMark };
	const after = before === undefined ? undefined : await mask(amendedPayload(before, patch.data), 'payload');
	return { ...amendment, diff: patch.data.map((operation) => maskedOperation(operation, after)) };
}

function amendedPayload(before: JsonValue, patch: readonly PatchOperation[]): JsonValue {
	try {
		return patched(before, patch);
	} catch {
		// A diff that another tool wrote: its values are masked, for they are in no payload we know.
		return null;
	}
}

function maskedOperation(operation: PatchOperation, after: JsonValue | undefined): JsonObject {
	if (!('value' in operation)) return { ...operation };
	const shown = after === undefined ? undefined : valueAt(after, operation.path);
	return { ...operation, value: shown ?? redactedMark };
}
