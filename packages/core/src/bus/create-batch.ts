/** `createBatch`: a batch and all its commands, accepted as a whole. */
import { z } from 'zod';
import {
	DuplicateBatchError,
	InvalidArgumentError,
	PayloadInvalidError,
	ReplyQueueNotFoundError,
	StoreError,
} from '../errors.ts';
import type { CommandBusError } from '../errors.ts';
import type { NewBatch } from '../model/batch.ts';
import type { NewCommand } from '../model/command-record.ts';
import { DomainSchema, IdSchema, QueueNameSchema } from '../model/ids.ts';
import type { JsonValue } from '../model/json.ts';
import { newId } from '../model/new-id.ts';
import { issueText, parseArgument } from '../parse-input.ts';
import type { BatchAddress, OpenBatchOutcome } from '../ports/batch-store.ts';
import { emit } from '../safe-telemetry.ts';
import { chunk } from './chunk.ts';
import type { CommandRequest } from './command-request.ts';
import { prepareAll } from './prepare-all.ts';
import type { PreparedCommand } from './prepare-command.ts';
import type { Receipt } from './receipt.ts';
import { receiptOf, refusalOf } from './refusal.ts';
import { chunkWeight } from './send.ts';
import type { SenderOptions } from './send.ts';
import { tracedSend, workOfSet } from './traced-send.ts';
import { checkStorable } from './validate-data.ts';

export interface CreateBatchOptions<Tx = unknown> {
	/** All of one domain, at least one. `onDuplicate: 'return-existing'` is refused: a member belongs to one batch. */
	readonly commands: readonly CommandRequest[];
	/** @default the domain of the commands */
	readonly domain?: string | undefined;
	/** A UUID. @default a new one, version 7 */
	readonly batchId?: string | undefined;
	/** For people, up to 200 characters. */
	readonly name?: string | undefined;
	/** Any JSON of yours, returned with the batch. */
	readonly customData?: JsonValue | undefined;
	/** A queue that gets a message when the batch has finished. It must exist. */
	readonly completionQueue?: string | undefined;
	/** A transaction of yours: the batch is stored if it commits, and not otherwise. */
	readonly tx?: Tx | undefined;
}

export interface BatchReceipt extends BatchAddress {
	/** In order of the request. */
	readonly commands: readonly Receipt[];
}

export function createBatchOpener<Tx>(
	options: SenderOptions<Tx>,
): (request: CreateBatchOptions<Tx>) => Promise<BatchReceipt> {
	const { backend, telemetry, maxPayloadBytes } = options;
	const prepare = { maxPayloadBytes, telemetry };
	return async ({ commands: requests, tx, ...about }) => {
		const batch = parseBatch(about, requests);
		const startedAt = backend.clock.now();
		const receipts = await tracedSend(telemetry, workOfSet(requests), async () => {
			const prepared = await prepareAll(requests, prepare);
			const chunks = chunk(prepared, { ...chunkWeight, maxCount: commandsPerStatement }).map(commandsOf);
			return receiptsOf(batch, commandsOf(prepared), await backend.batches.open(batch, chunks, tx));
		});
		const durationMs = backend.clock.now() - startedAt;
		emit(telemetry, { kind: 'commands-sent', domain: batch.domain, count: receipts.length, durationMs });
		return { domain: batch.domain, batchId: batch.batchId, commands: receipts };
	};
}

const commandsPerStatement = 1_000;

const BatchSchema = z.strictObject({
	domain: DomainSchema.optional(),
	batchId: IdSchema.optional(),
	name: z
		.string()
		.min(1)
		.max(200)
		.refine((name) => name.isWellFormed() && !name.includes('\u0000'), 'contains text PostgreSQL cannot store')
		.optional(),
	customData: z.unknown().optional(),
	completionQueue: QueueNameSchema.optional(),
});

function parseBatch(about: Omit<CreateBatchOptions, 'commands' | 'tx'>, requests: readonly CommandRequest[]): NewBatch {
	const { customData, ...parsed } = parseArgument(BatchSchema, about, 'createBatch: an option');
	const [first] = requests;
	if (first === undefined) throw new InvalidArgumentError('createBatch: a batch needs at least one command.');
	const domain = parsed.domain ?? first.definition.domain;
	requests.forEach((request, index) => {
		checkMember(request, index, domain);
	});
	return { ...parsed, domain, batchId: parsed.batchId ?? newId(), customData: storableCustomData(customData) };
}

function checkMember({ definition, options }: CommandRequest, index: number, domain: string): void {
	if (definition.domain !== domain) {
		throw new InvalidArgumentError(
			`createBatch: command ${index} is of domain "${definition.domain}", the batch is of "${domain}". Make one batch per domain.`,
		);
	}
	if (options?.onDuplicate === 'return-existing') {
		throw new InvalidArgumentError(
			`createBatch: command ${index} says onDuplicate "return-existing", but an existing command cannot join a batch.`,
		);
	}
}

function storableCustomData(customData: unknown): JsonValue | undefined {
	if (customData === undefined) return undefined;
	const checked = checkStorable(customData);
	if (checked.kind === 'valid') return checked.value;
	throw new PayloadInvalidError(
		`createBatch: customData cannot be stored: ${issueText(checked.issues)}.`,
		checked.issues,
	);
}

function commandsOf(prepared: readonly PreparedCommand[]): readonly NewCommand[] {
	return prepared.map(({ command }) => command);
}

function receiptsOf(batch: NewBatch, commands: readonly NewCommand[], outcome: OpenBatchOutcome): readonly Receipt[] {
	switch (outcome.kind) {
		case 'opened':
			return commands.map((command) => receiptOf(command, { kind: 'accepted' }));
		case 'duplicate-batch':
			throw new DuplicateBatchError(batch.domain, batch.batchId);
		case 'completion-queue-not-found':
			throw new ReplyQueueNotFoundError(batch.completionQueue ?? '', `Creating batch ${batch.batchId}`);
		case 'refused':
			throw refusalOfBatch(batch, commands, outcome);
	}
}

function refusalOfBatch(
	batch: NewBatch,
	commands: readonly NewCommand[],
	{ outcomes }: OpenBatchOutcome & { readonly kind: 'refused' },
): CommandBusError {
	for (const [index, command] of commands.entries()) {
		const outcome = outcomes[index];
		const refusal = outcome && refusalOf(command, outcome);
		if (refusal !== undefined) return refusal;
	}
	return new StoreError(`The store refused batch ${batch.batchId} and did not say why.`, {
		reason: 'unknown',
		isRetryable: false,
	});
}
