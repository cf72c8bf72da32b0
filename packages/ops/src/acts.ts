/** The acts on one parked command. Each is one conditional transaction of the store; here is what comes before and after it. */
import { emit } from '@cb/core';
import type { ActOutcome, JsonValue, OperatorRequest, TroubleshootingItem } from '@cb/core';
import { parseAmend, parseCancel, parseComplete, parseRetry } from './act-request.ts';
import type { AmendRequest, CancelRequest, CompleteRequest, ParsedAmend, RetryRequest } from './act-request.ts';
import { payloadMissing, refusalOfAct } from './act-outcome.ts';
import type { ActResult } from './act-outcome.ts';
import { refuseBlindAmendment } from './amendment.ts';
import type { OperatorIntent } from './authorization.ts';
import { finishBatches } from './finish-batches.ts';
import { diffOf, patched } from './json-patch.ts';
import type { QueueContext } from './queue-context.ts';

export interface ActOptions<Tx> {
	/** A transaction of yours: the act holds if it commits, and not otherwise. */
	readonly tx?: Tx | undefined;
}

/**
 * Every act throws `InvalidArgumentError` (blank operator, illegal field), `NotAuthorizedError`, `CommandNotFoundError`,
 * `InvalidOperationError` (not parked), `ConflictError` (another version than expected), `ReplyQueueNotFoundError` or `StoreError`; then nothing
 * changed. Once it resolves it survives any crash. Of concurrent acts on one command exactly one succeeds, and the others name it.
 */
export interface Acts<Tx> {
	/**
	 * Sends the parked message again, word for word: PENDING, the next generation. Without an archived payload: `InvalidOperationError`.
	 */
	retry(request: RetryRequest, options?: ActOptions<Tx>): Promise<ActResult>;
	/** CANCELED for good; the sender gets a CANCELED reply with the reason. */
	cancel(request: CancelRequest, options?: ActOptions<Tx>): Promise<ActResult>;
	/**
	 * COMPLETED for good; the sender gets a SUCCESS reply with the result. Throws `PayloadInvalidError` for a result that does not match the
	 * definition's schema.
	 */
	complete(request: CompleteRequest, options?: ActOptions<Tx>): Promise<ActResult>;
	/**
	 * Retries with a changed payload. The original stays readable, and the audit holds the difference, the author and the reason.
	 * Throws `PayloadInvalidError` with the paths for a payload that does not match the definition's schema, `PayloadTooLargeError`, and
	 * `ConflictError` when the command changed meanwhile.
	 */
	amendAndRetry(request: AmendRequest, options?: ActOptions<Tx>): Promise<ActResult>;
}

export function createActs<Tx>(context: QueueContext<Tx>): Acts<Tx> {
	const act = createAct(context);
	return {
		async retry(request, { tx } = {}) {
			const parsed = parseRetry(request);
			const seen = await permitted(context, parsed, ['retry']);
			return act({ ...parsed, action: 'retry' }, seen, tx);
		},
		async cancel(request, { tx } = {}) {
			const parsed = parseCancel(request);
			const seen = await permitted(context, parsed, resolving('cancel', parsed.suppressReply));
			return act({ ...parsed, action: 'cancel' }, seen, tx);
		},
		async complete(request, { tx } = {}) {
			const parsed = parseComplete(request);
			const raw = context.payloads.anyResult(parsed.result ?? null);
			const seen = await permitted(context, parsed, resolving('complete', parsed.suppressReply));
			const result = seen.item === undefined ? raw : await context.payloads.result(seen.item, raw);
			return act({ ...parsed, action: 'complete', result }, seen, tx);
		},
		async amendAndRetry(request, { tx } = {}) {
			const { data, patch, ...parsed } = parseAmend(request);
			const item = await context.backend.troubleshooting.get(parsed);
			await context.gate.check(parsed.operator, 'amend', item ?? parsed);
			if (item === undefined) {
				// A repeat gets the first result, anything else a refusal: an amendment of what was never seen is never stored.
				return act({ ...parsed, action: 'retry', amendment: { data: null, diff: [] } }, { isRead: true, item }, tx);
			}
			const amendment = await amendmentOf(context, item, { ...parsed, data, patch });
			const expectedVersion = parsed.expectedVersion ?? item.version;
			return act({ ...parsed, action: 'retry', amendment, expectedVersion }, { isRead: true, item }, tx);
		},
	};
}

/** Whether the item was read before the act, and what was there: `undefined` when it was not parked. */
interface Seen {
	readonly isRead: boolean;
	readonly item: TroubleshootingItem | undefined;
}

function resolving(intent: 'cancel' | 'complete', suppressReply = false): readonly OperatorIntent[] {
	return suppressReply ? [intent, 'suppress-reply'] : [intent];
}

/** Reads the item only where somebody asks about it: an act costs one statement otherwise. */
async function permitted<Tx>(
	{ backend, gate, payloads }: QueueContext<Tx>,
	request: RetryRequest,
	intents: readonly OperatorIntent[],
): Promise<Seen> {
	const isRead = gate.isGuarded || (intents.includes('complete') && payloads.knowsResults);
	if (!isRead) return { isRead, item: undefined };
	const { domain, commandId, operator } = request;
	const item = await backend.troubleshooting.get({ domain, commandId });
	for (const intent of intents) await gate.check(operator, intent, item ?? { domain, commandId });
	return { isRead, item };
}

async function amendmentOf<Tx>(
	{ payloads, viewFor }: QueueContext<Tx>,
	item: TroubleshootingItem,
	{ operator, data, patch }: Pick<ParsedAmend, 'operator' | 'data' | 'patch'>,
): Promise<{ readonly data: JsonValue; readonly diff: JsonValue }> {
	if (item.isPayloadMissing) throw payloadMissing(item);
	refuseBlindAmendment({ payload: item.payload, shown: await viewFor(operator).payload(item) }, patch);
	const amended = data ?? patched(item.payload, patch ?? []);
	const checked = await payloads.data(item, amended);
	return { data: checked, diff: diffOf(item.payload, checked) };
}

function createAct<Tx>({ backend, telemetry }: QueueContext<Tx>) {
	return async (request: OperatorRequest, seen: Seen, tx: Tx | undefined): Promise<ActResult> => {
		const { domain, commandId, action } = request;
		const isUnparked = seen.isRead && seen.item === undefined;
		const outcome = isUnparked
			? asNotParked(request, await backend.troubleshooting.act({ ...request, expectedVersion: noVersion }, tx))
			: await backend.troubleshooting.act(request, tx);
		if (outcome.kind !== 'done') throw refusalOfAct(request, action, outcome);
		const { status, version, generation, messageId, batchId, isRepeated } = outcome;
		if (!isRepeated) {
			emit(telemetry, { kind: 'operator-acted', action, operatorId: request.operator.id, domain, commandId });
			if (tx === undefined && batchId != null) await finishBatches(backend, telemetry, [{ domain, batchId }]);
		}
		return { domain, commandId, status, version, generation, messageId, isRepeated };
	};
}

/** No command ever has it: an act on what was not parked a moment ago does nothing, even if it is parked by now. */
const noVersion = -1;

/** A conflict with `noVersion` says "not parked", unless the caller's own version is stale or the command is parked by now. */
function asNotParked(request: OperatorRequest, outcome: ActOutcome): ActOutcome {
	if (outcome.kind !== 'version-conflict' || outcome.status === 'IN_TROUBLESHOOTING_QUEUE') return outcome;
	const isStale = request.expectedVersion !== undefined && request.expectedVersion !== outcome.version;
	return isStale ? outcome : { kind: 'not-parked', status: outcome.status, lastAct: outcome.lastAct };
}
