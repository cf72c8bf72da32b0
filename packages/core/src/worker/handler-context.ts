/** What a handler gets to work with. Members are made when they are first used: most handlers use one or two. */
import { z } from 'zod';
import type { CommandBus } from '../bus/command-bus.ts';
import { InvalidOperationError, LeaseLostError, PermanentCommandError, isCommandBusError } from '../errors.ts';
import { childLogger } from '../handling/child-logger.ts';
import type { HandlerContext } from '../handling/handler.ts';
import type { RegisteredHandler } from '../handling/handler-registry.ts';
import { storableResult } from '../handling/storable-result.ts';
import { parseArgument } from '../parse-input.ts';
import type { Backend } from '../ports/backend.ts';
import type { Logger, Telemetry } from '../ports/telemetry.ts';
import { emit } from '../safe-telemetry.ts';
import type { HeldCommands } from './held-commands.ts';
import { loseLease } from './lease-loss.ts';
import type { LeasedCommand } from './leased-command.ts';
import type { WorkerSettings } from './worker-options.ts';

export interface HandlerContextParts<Tx> {
	readonly backend: Backend<Tx>;
	readonly bus: CommandBus<Tx>;
	readonly settings: WorkerSettings;
	readonly telemetry: Telemetry | undefined;
	readonly logger: Logger | undefined;
	readonly held: HeldCommands<Tx>;
	readonly maxAttemptsOf: (leased: LeasedCommand<Tx>, registered: RegisteredHandler<Tx>) => number;
	/** A handler has changed the length of its lease. */
	readonly onLeaseChanged: () => void;
	/** A handler has completed its command in a transaction. */
	readonly onCompleted: (leased: LeasedCommand<Tx>) => void;
}

export class RunningContext<Tx> implements HandlerContext<Tx> {
	readonly #parts: HandlerContextParts<Tx>;
	readonly #leased: LeasedCommand<Tx>;
	readonly #registered: RegisteredHandler<Tx>;
	#logger: Logger | undefined;
	#transaction: Promise<unknown> | undefined;
	#completion: { readonly result: unknown } | undefined;

	constructor(parts: HandlerContextParts<Tx>, leased: LeasedCommand<Tx>, registered: RegisteredHandler<Tx>) {
		this.#parts = parts;
		this.#leased = leased;
		this.#registered = registered;
	}

	get attempt(): number {
		return this.#leased.command.lease.attempt;
	}

	get maxAttempts(): number {
		return this.#parts.maxAttemptsOf(this.#leased, this.#registered);
	}

	get isRedelivered(): boolean {
		return this.#leased.command.isRedelivered;
	}

	get workerId(): string {
		return this.#parts.settings.workerId;
	}

	get signal(): AbortSignal {
		return this.#leased.signal;
	}

	get logger(): Logger {
		const { domain, commandId, correlationId, attempt } = this.#leased.facts;
		return (this.#logger ??= childLogger(this.#parts.logger, { domain, commandId, correlationId, attempt }));
	}

	get extendLease(): HandlerContext<Tx>['extendLease'] {
		return (seconds) => this.#extendLease(seconds);
	}

	get send(): HandlerContext<Tx>['send'] {
		const { commandId, correlationId } = this.#leased.command;
		return (definition, data, options) =>
			this.#parts.bus.send(definition, data, {
				...options,
				causationId: options?.causationId ?? commandId,
				correlationId: options?.correlationId ?? correlationId,
			});
	}

	get transaction(): HandlerContext<Tx>['transaction'] {
		return (work) => {
			const completing = this.#completeOnce(work);
			// A handler that does not wait for it is no reason to end the process: its failure becomes the handler's.
			completing.catch(() => undefined);
			return completing;
		};
	}

	/** What the handler's transaction completed the command with. Waits for one that is under way, and rejects as that does. */
	async completion(): Promise<{ readonly result: unknown } | undefined> {
		await this.#transaction;
		return this.#completion;
	}

	/** Whether `completion` has something to say: asking costs nothing for handlers without a transaction. */
	get hasTransaction(): boolean {
		return this.#transaction !== undefined;
	}

	async #extendLease(seconds?: number): Promise<void> {
		const { backend, settings, held, telemetry, onLeaseChanged } = this.#parts;
		const leaseSeconds = parseArgument(LeaseSecondsSchema, seconds ?? settings.leaseSeconds, 'extendLease: seconds');
		const { domain, commandId, lease } = this.#leased.command;
		const lost = await backend.commands.extend(domain, [lease], leaseSeconds);
		if (lost.length > 0 || this.#leased.isOver) {
			loseLease(this.#leased, held, telemetry);
			throw new LeaseLostError(domain, commandId, lease.attempt);
		}
		this.#leased.leaseEndsAt = backend.clock.now() + leaseSeconds * 1_000;
		onLeaseChanged();
	}

	async #completeOnce<Result>(work: (tx: Tx) => Promise<Result>): Promise<Result> {
		const { domain, commandId, lease } = this.#leased.command;
		if (this.#transaction !== undefined) {
			throw new InvalidOperationError(
				`Command ${commandId} of "${domain}" is completed by the transaction its handler has begun already; begin one only.`,
				this.#completion === undefined ? 'IN_PROGRESS' : 'COMPLETED',
			);
		}
		if (this.#leased.isOver || this.#leased.isAnswered) throw new LeaseLostError(domain, commandId, lease.attempt);
		const transaction = this.#complete(work);
		this.#transaction = transaction;
		try {
			return await transaction;
		} catch (error) {
			this.#transaction = undefined;
			throw error;
		}
	}

	async #complete<Result>(work: (tx: Tx) => Promise<Result>): Promise<Result> {
		const leased = this.#leased;
		const { backend, held, onCompleted } = this.#parts;
		const startedAt = backend.clock.now();
		const trace = new WorkTrace<Result>();
		leased.isBeingSettled = true;
		try {
			await backend.commands.completeInTransaction(leased.command, async (tx) =>
				storableResult(this.#registered.definition, await trace.run(() => work(tx))),
			);
			leased.isAnswered = true;
			held.settled(leased);
			const result = trace.returned();
			this.#completion = { result };
			this.#tell(backend.clock.now() - startedAt);
			onCompleted(leased);
			return result;
		} catch (error) {
			throw trace.hasThrown(error) ? error : this.#explain(error);
		} finally {
			leased.isBeingSettled = false;
		}
	}

	#tell(durationMs: number): void {
		const about = { domain: this.#leased.command.domain, count: 1, outcomes: { completed: 1 }, durationMs };
		emit(this.#parts.telemetry, { kind: 'commands-settled', through: 'handler-transaction', ...about });
	}

	/** What the completion itself failed with, as opposed to the work. */
	#explain(error: unknown): unknown {
		const { held, telemetry } = this.#parts;
		if (isCommandBusError(error, 'lease-lost')) {
			loseLease(this.#leased, held, telemetry);
		} else if (isCommandBusError(error, 'reply-queue-not-found')) {
			emit(telemetry, { kind: 'reply-undeliverable', ...this.#leased.facts, replyTo: error.replyTo });
			// Everything is rolled back. Running it again would fail again; an operator can create the queue or suppress the reply.
			return new PermanentCommandError('REPLY_QUEUE_NOT_FOUND', error.message, null, { cause: error });
		}
		return error;
	}
}

const LeaseSecondsSchema = z.number().min(1).max(43_200);

/** Remembers what the work of a transaction returned or threw. A store may run it more than once. */
class WorkTrace<Result> {
	#returned: { readonly value: Result } | undefined;
	#thrown: { readonly value: unknown } | undefined;

	async run(work: () => Promise<Result>): Promise<Result> {
		this.#thrown = undefined;
		try {
			const value = await work();
			this.#returned = { value };
			return value;
		} catch (error) {
			this.#thrown = { value: error };
			throw error;
		}
	}

	hasThrown(error: unknown): boolean {
		return this.#thrown !== undefined && this.#thrown.value === error;
	}

	returned(): Result {
		if (this.#returned !== undefined) return this.#returned.value;
		throw new InvalidOperationError('The store completed a command without running its transaction.', 'COMPLETED');
	}
}
