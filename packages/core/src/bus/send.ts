/** `send` and `sendMany`. */
import { z } from 'zod';
import { ChunkRefusedError, InvalidOperationError } from '../errors.ts';
import type { NewCommand } from '../model/command-record.ts';
import { domainQueues } from '../model/ids.ts';
import { newId } from '../model/new-id.ts';
import { parseArgument } from '../parse-input.ts';
import type { Backend } from '../ports/backend.ts';
import type { AcceptOutcome } from '../ports/command-store.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import { emit } from '../safe-telemetry.ts';
import type { BusLimits } from './bus-options.ts';
import { chunk } from './chunk.ts';
import type { CommandBus } from './command-bus.ts';
import type { CommandRequest } from './command-request.ts';
import { prepareCommand } from './prepare-command.ts';
import type { PreparedCommand } from './prepare-command.ts';
import { prepareAll } from './prepare-all.ts';
import type { Receipt } from './receipt.ts';
import { receiptOf, refusalOf } from './refusal.ts';
import { createSendCoalescer } from './send-coalescer.ts';
import { tracedSend, workOfSet } from './traced-send.ts';

export interface SendManyOptions<Tx = unknown> {
	/** Commands per transaction. @default 1,000 */
	readonly chunkSize?: number | undefined;
	/** A transaction of yours: everything is stored if it commits, and nothing otherwise. */
	readonly tx?: Tx | undefined;
}

export interface SenderOptions<Tx> extends BusLimits {
	readonly backend: Backend<Tx>;
	readonly telemetry: Telemetry | undefined;
}

export interface Sender<Tx> extends Pick<CommandBus<Tx>, 'send' | 'sendMany'> {
	/** Throws `InvalidOperationError` after `close`. */
	readonly refuseWhenClosed: () => void;
	/** Resolves when all that was sent is stored or refused. Later sends are refused. */
	close(): Promise<void>;
}

export function createSender<Tx>(options: SenderOptions<Tx>): Sender<Tx> {
	const { backend, telemetry, maxPayloadBytes } = options;
	const prepare = { maxPayloadBytes, telemetry };
	const coalescer = createSendCoalescer((commands) => accept(commands), options.coalescing);
	let isClosed = false;

	function accept(commands: readonly NewCommand[], tx?: Tx): Promise<readonly AcceptOutcome[]> {
		return measured(options, commands, () => backend.commands.accept(commands, tx));
	}

	async function sendOne(request: CommandRequest, tx: Tx | undefined): Promise<Receipt> {
		const preparing = prepareCommand(request, prepare);
		const prepared = preparing instanceof Promise ? await preparing : preparing;
		const { command } = prepared;
		const outcome = tx === undefined ? await coalescer.accept(prepared) : (await accept([command], tx))[0];
		return receiptOf(command, outcome ?? { kind: 'not-stored' });
	}

	function refuseWhenClosed(): void {
		if (isClosed) throw new InvalidOperationError('The command bus is closed; nothing was sent.', 'closed');
	}

	return {
		refuseWhenClosed,
		async send(definition, data, sendOptions) {
			refuseWhenClosed();
			const { tx, ...said } = sendOptions ?? {};
			const request = { definition, data, options: sendOptions && said };
			if (telemetry?.trace === undefined) return sendOne(request, tx);
			const { commandId = newId(), correlationId = newId() } = said;
			const named = { ...request, options: { ...said, commandId, correlationId } };
			const { domain, type: commandType } = definition;
			const attributes = { domain, queue: domainQueues(domain).commands, commandType, commandId, correlationId };
			return tracedSend(telemetry, { name: commandType, attributes }, () => sendOne(named, tx));
		},
		async sendMany(requests, sendManyOptions = {}) {
			refuseWhenClosed();
			const { tx, ...said } = sendManyOptions;
			const { chunkSize } = parseArgument(SendManyOptionsSchema, said, 'sendMany: an option');
			return tracedSend(telemetry, workOfSet(requests), async () => {
				const prepared = await prepareAll(requests, prepare);
				return storeInChunks(chunk(prepared, { ...chunkWeight, maxCount: chunkSize }), (commands) =>
					measured(options, commands, () => backend.commands.acceptAll(commands, tx)),
				);
			});
		},
		async close() {
			isClosed = true;
			await coalescer.idle();
		},
	};
}

/** How much travels in one statement; beside it, many small commands are bounded by their count. */
export const chunkWeight = {
	maxWeight: 16 * 1_048_576,
	weigh: ({ bytes }: PreparedCommand): number => bytes,
};

const SendManyOptionsSchema = z.strictObject({ chunkSize: z.number().int().min(1).max(100_000).default(1_000) });

async function storeInChunks(
	chunks: readonly (readonly PreparedCommand[])[],
	acceptAll: (commands: readonly NewCommand[]) => Promise<readonly AcceptOutcome[]>,
): Promise<readonly Receipt[]> {
	const receipts: Receipt[] = [];
	for (const [chunkIndex, prepared] of chunks.entries()) {
		const commands = prepared.map(({ command }) => command);
		const outcomes = await acceptAll(commands);
		refuseChunk(commands, outcomes, { chunkIndex, storedCount: receipts.length });
		commands.forEach((command, index) => {
			receipts.push(receiptOf(command, outcomes[index] ?? { kind: 'not-stored' }));
		});
	}
	return receipts;
}

function refuseChunk(
	commands: readonly NewCommand[],
	outcomes: readonly AcceptOutcome[],
	position: { readonly chunkIndex: number; readonly storedCount: number },
): void {
	for (const [index, command] of commands.entries()) {
		const refusal = refusalOf(command, outcomes[index] ?? { kind: 'not-stored' });
		if (refusal === undefined) continue;
		const commandIndex = position.storedCount + index;
		throw new ChunkRefusedError({ ...position, commandIndex, commandId: command.commandId }, refusal);
	}
}

async function measured<Tx>(
	{ backend, telemetry }: SenderOptions<Tx>,
	commands: readonly NewCommand[],
	call: () => Promise<readonly AcceptOutcome[]>,
): Promise<readonly AcceptOutcome[]> {
	if (telemetry === undefined) return call();
	const startedAt = backend.clock.now();
	const outcomes = await call();
	const durationMs = backend.clock.now() - startedAt;
	const counts = new Map<string, number>();
	commands.forEach(({ domain }, index) => {
		if (outcomes[index]?.kind === 'accepted') counts.set(domain, (counts.get(domain) ?? 0) + 1);
	});
	for (const [domain, count] of counts) emit(telemetry, { kind: 'commands-sent', domain, count, durationMs });
	return outcomes;
}
