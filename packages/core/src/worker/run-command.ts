/** One command: find its handler, check its payload, run it, and decide what is to become of it. */
import { validateData } from '../bus/validate-data.ts';
import { InvalidOperationError, PermanentCommandError, TransientCommandError, isVerdict } from '../errors.ts';
import type { Issue } from '../errors.ts';
import { classifyFailure } from '../handling/classify-failure.ts';
import type { Failure } from '../handling/classify-failure.ts';
import type { HandlerLookup, RegisteredHandler } from '../handling/handler-registry.ts';
import type { ReceivedCommand } from '../model/command-record.ts';
import { resolveRetryPolicy } from '../model/retry-policy.ts';
import type { RetryPolicy } from '../model/retry-policy.ts';
import { issueText } from '../parse-input.ts';
import type { Settlement } from '../ports/command-store.ts';
import type { HandlerOutcome } from '../ports/telemetry.ts';
import { emit } from '../safe-telemetry.ts';
import { settlementOfFailure } from './decide-settlement.ts';
import { RunningContext } from './handler-context.ts';
import type { HandlerContextParts } from './handler-context.ts';
import { outcomeOf } from './settled-outcomes.ts';
import { attemptCommand } from './attempt-command.ts';
import type { HandlerEnd } from './attempt-command.ts';
import type { LeasedCommand } from './leased-command.ts';

export interface CommandRunnerParts<Tx> extends Omit<HandlerContextParts<Tx>, 'maxAttemptsOf'> {
	readonly handlers: HandlerLookup<Tx>;
	/** Stores an outcome. */
	readonly settle: (leased: LeasedCommand<Tx>, settlement: Settlement) => void;
	/** Puts back a command of an unknown type. */
	readonly defer: (leased: LeasedCommand<Tx>) => void;
	readonly onHandlerEnded: (durationMs: number) => void;
}

interface Conclusion {
	readonly outcome: HandlerOutcome;
	readonly error?: Failure;
}

export class CommandRunner<Tx> {
	readonly #parts: CommandRunnerParts<Tx>;
	readonly #contextParts: HandlerContextParts<Tx>;

	constructor(parts: CommandRunnerParts<Tx>) {
		this.#parts = parts;
		this.#contextParts = {
			...parts,
			maxAttemptsOf: ({ command }, registered) => this.#policyOf(command, registered).maxAttempts,
		};
	}

	/** Never rejects. Whatever goes wrong beside the handler is reported, and the command comes back when its lease runs out. */
	async run(leased: LeasedCommand<Tx>): Promise<void> {
		if (leased.isOver) return;
		try {
			await this.#handle(leased);
		} catch (error) {
			this.#parts.held.abandoned(leased);
			this.#report('handle a command', error);
		}
	}

	/** Decides for a handler that has run for too long; it keeps its slot until it ends, and its own outcome no longer counts. */
	timeOut(leased: LeasedCommand<Tx>): void {
		const { telemetry, settings } = this.#parts;
		const { maxRunSeconds } = settings;
		const error = new TransientCommandError('HANDLER_TIMEOUT', `The handler ran for more than ${maxRunSeconds} s.`);
		emit(telemetry, { kind: 'handler-timed-out', ...leased.facts, maxRunSeconds });
		this.#settleFailure(leased, error);
		leased.abort(error);
	}

	async #handle(leased: LeasedCommand<Tx>): Promise<void> {
		const { command } = leased;
		const registered = this.#parts.handlers.find(command.domain, command.commandType);
		if (registered === undefined) {
			this.#handleUnknownType(leased);
			return;
		}
		leased.registered = registered;
		const validating = validateData(registered.definition.data, command.data);
		const validated = validating instanceof Promise ? await validating : validating;
		if (validated.kind === 'valid') await this.#runHandler(leased, registered, validated.value);
		else this.#settleFailure(leased, payloadInvalid(command, validated.issues));
	}

	#handleUnknownType(leased: LeasedCommand<Tx>): void {
		const { handlers, telemetry, defer } = this.#parts;
		const { domain, commandType, deferrals } = leased.command;
		emit(telemetry, { kind: 'handler-not-found', ...leased.facts });
		const policy = handlers.onUnknownType;
		if (policy !== 'park' && deferrals < policy.maxDeferrals) {
			defer(leased);
			return;
		}
		const message = `No handler for "${commandType}" of domain "${domain}" is registered here.`;
		this.#settleFailure(leased, new PermanentCommandError('HANDLER_NOT_FOUND', message));
	}

	async #runHandler(leased: LeasedCommand<Tx>, registered: RegisteredHandler<Tx>, data: unknown): Promise<void> {
		const { backend, telemetry, onHandlerEnded } = this.#parts;
		const context = new RunningContext(this.#contextParts, leased, registered);
		const startedAt = backend.clock.now();
		leased.startedAt = startedAt;
		if (telemetry !== undefined) {
			emit(telemetry, { kind: 'handler-started', ...leased.facts, queueLatencyMs: queueLatencyMs(leased, startedAt) });
		}
		const end = await attemptCommand(telemetry, { leased, registered, context, data });
		const durationMs = backend.clock.now() - startedAt;
		onHandlerEnded(durationMs);
		const conclusion = this.#conclude(leased, context, end);
		if (telemetry !== undefined) {
			emit(telemetry, { kind: 'handler-ended', ...leased.facts, durationMs, ...conclusion });
		}
	}

	#conclude(leased: LeasedCommand<Tx>, context: RunningContext<Tx>, end: HandlerEnd): Conclusion {
		if (end.kind === 'completed') {
			if (end.contradiction !== undefined) this.#reportContradiction(leased, context, end.contradiction);
			return { outcome: 'completed' };
		}
		if (leased.isOver || leased.isAnswered) return { outcome: 'aborted' };
		if (end.kind === 'returned') {
			this.#parts.settle(leased, { kind: 'complete', lease: leased.command.lease, result: end.result });
			return { outcome: 'completed' };
		}
		if (leased.isAborted && !isVerdict(end.thrown)) {
			// It was told to stop and did: no failure of its own. The command comes back when its lease runs out.
			this.#parts.held.abandoned(leased);
			return { outcome: 'aborted' };
		}
		return this.#settleFailure(leased, end.thrown);
	}

	#settleFailure(leased: LeasedCommand<Tx>, thrown: unknown): Conclusion {
		const { backend, settle } = this.#parts;
		const failure = classifyFailure(thrown, (error) => backend.explainError(error));
		const policy = this.#policyOf(leased.command, leased.registered);
		const settlement = settlementOfFailure(leased.command.lease, failure, { policy, random: Math.random() });
		settle(leased, settlement);
		return { outcome: outcomeOf[settlement.kind], error: failure };
	}

	/** What was said at send wins over the registration, which holds the definition's part too, and that over the worker's default. */
	#policyOf(command: ReceivedCommand, registered: RegisteredHandler<Tx> | undefined): RetryPolicy {
		const sent = { maxAttempts: command.maxAttempts ?? undefined, backoff: command.backoff ?? undefined };
		return resolveRetryPolicy(sent, registered?.retry, this.#parts.settings.retry);
	}

	#reportContradiction(leased: LeasedCommand<Tx>, context: RunningContext<Tx>, contradiction: string): void {
		const error = new InvalidOperationError(
			`Command ${leased.command.commandId} was completed by its handler's transaction and stays so, but afterwards ${contradiction}.`,
			'COMPLETED',
		);
		context.logger.error({ code: error.code }, error.message);
		this.#report('conclude after a transaction', error);
	}

	#report(operation: string, error: unknown): void {
		const { telemetry, settings } = this.#parts;
		const { domain } = settings;
		emit(telemetry, { kind: 'infrastructure-failed', component: 'worker', domain, operation, error });
	}
}

/** From creation to the start of the handler: in the queue by the database's clock, here by ours. */
function queueLatencyMs(
	{ command, receivedAt }: Pick<LeasedCommand, 'command' | 'receivedAt'>,
	startedAt: number,
): number {
	return command.receivedAt.getTime() - command.createdAt.getTime() + startedAt - receivedAt;
}

function payloadInvalid({ commandType }: ReceivedCommand, issues: readonly Issue[]): PermanentCommandError {
	return new PermanentCommandError(
		'PAYLOAD_INVALID',
		`The payload does not match the schema of "${commandType}": ${issueText(issues)}.`,
		{ issues: issues.map(({ path, message }) => ({ path, message })) },
	);
}
