/** What the author of a handler writes, and what it gets to work with. */
import type { CommandDefinition } from '../bus/define-command.ts';
import type { Receipt } from '../bus/receipt.ts';
import type { SendOptions } from '../bus/command-bus.ts';
import type { CommandAddress } from '../model/ids.ts';
import type { MessageHeaders } from '../model/message.ts';
import type { Logger } from '../ports/telemetry.ts';

/** A command as its handler sees it: `data` has passed the definition's schema. */
export interface Command<Data = unknown> extends CommandAddress {
	readonly data: Data;
	readonly commandType: string;
	readonly correlationId: string;
	readonly causationId: string | null;
	readonly replyTo: string | null;
	readonly batchId: string | null;
	/** 1 at first; each retry by an operator adds one. */
	readonly generation: number;
	readonly headers: MessageHeaders;
	readonly createdAt: Date;
}

/** Every member may be taken out by destructuring. */
export interface HandlerContext<Tx = unknown> {
	/** Attempts begun in this generation, this one included: the first is 1. */
	readonly attempt: number;
	/** After this many attempts a transient failure parks the command. */
	readonly maxAttempts: number;
	/** True when an earlier attempt ended without an answer: its worker died or lost its lease. */
	readonly isRedelivered: boolean;
	readonly workerId: string;
	/**
	 * Aborted when the answer no longer counts or is no longer awaited: lease lost (`LeaseLostError`), maximum run time exceeded, worker stopping.
	 * Pass it on to whatever takes a signal.
	 */
	readonly signal: AbortSignal;
	/** Every line carries domain, command id, correlation id and attempt. */
	readonly logger: Logger;
	/**
	 * Renews the lease to `seconds` from now. The worker does so by itself; this is for code that blocks the event loop for long.
	 * Throws `LeaseLostError` when it is too late. @default the worker's `leaseSeconds`
	 */
	readonly extendLease: (seconds?: number) => Promise<void>;
	/**
	 * Sends a child command: this command is its cause and the correlation id is inherited. It is stored at once, whatever becomes of this
	 * command; with `{ tx }` inside `transaction` it is stored together with this command's completion.
	 */
	send<DataInput>(
		// eslint-disable-next-line @typescript-eslint/no-invalid-void-type -- it may be taken out of the context
		this: void,
		definition: CommandDefinition<DataInput>,
		data: NoInfer<DataInput>,
		options?: SendOptions<Tx>,
	): Promise<Receipt>;
	/**
	 * Runs `work` in a transaction and completes this command in the same one, with what `work` returns as the result: business writes,
	 * status, audit and reply hold together or not at all, also after a crash. Return what it resolves to. Once it has committed, the
	 * command is completed: a second call throws `InvalidOperationError`, and a later throw or other result is reported and changes nothing.
	 * After a failed call another may be made. Keep `work` short: it holds a connection and locks.
	 */
	readonly transaction: <Result>(work: (tx: Tx) => Promise<Result>) => Promise<Result>;
}

/**
 * Does what a command asks. What it returns is the result. It says otherwise by throwing `TransientCommandError`, `PermanentCommandError` or
 * `BusinessRuleError`; anything else it throws is transient. It may run more than once for one command.
 */
export type Handler<Data, Result, Tx = unknown> = (
	command: Command<Data>,
	context: HandlerContext<Tx>,
) => Promise<Result> | Result;
