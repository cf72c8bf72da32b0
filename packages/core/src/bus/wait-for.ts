/** `waitFor`: any number of callers wait for commands to end, and share one poll. */
import { z } from 'zod';
import { createBell } from '../bell.ts';
import type { Bell } from '../bell.ts';
import { CommandNotFoundError, InvalidOperationError, WaitTimedOutError, isCommandBusError } from '../errors.ts';
import { isTerminal } from '../model/command-status.ts';
import type { CommandStatus, TerminalStatus } from '../model/command-status.ts';
import type { CommandRecord } from '../model/command-record.ts';
import type { ErrorRecord } from '../model/error-record.ts';
import type { CommandAddress } from '../model/ids.ts';
import type { JsonValue } from '../model/json.ts';
import { parseArgument } from '../parse-input.ts';
import type { Backend } from '../ports/backend.ts';
import type { Clock } from '../ports/clock.ts';
import type { CommandQuery } from '../ports/command-query.ts';
import { parseCommandAddress } from './addresses.ts';

export interface WaitOptions {
	/** @default 30,000 */
	readonly timeoutMs?: number | undefined;
	/** Ends the wait: the promise rejects with the signal's reason. */
	readonly signal?: AbortSignal | undefined;
	/** `'settled'` resolves also when the command was parked. @default 'terminal' */
	readonly until?: 'terminal' | 'settled' | undefined;
}

/** How a command ended, or that it was parked. */
export interface CommandOutcome {
	readonly status: TerminalStatus | 'IN_TROUBLESHOOTING_QUEUE';
	/** What the handler or the operator returned; null unless COMPLETED. */
	readonly result: JsonValue;
	/** Why it failed or was parked; null when COMPLETED. */
	readonly error: ErrorRecord | null;
	readonly record: CommandRecord;
}

/** The first look is at once, then after this; each next one 1.5 times later, up to the maximum. */
const firstPollMs = 10;
const maxPollMs = 250;
/** Looks that are due so soon are taken along. */
const slackMs = 5;
const commandsPerPoll = 1_000;

/** Looks for all who wait, at most one look under way at a time; idle when nobody waits. */
export class CommandWaiter {
	readonly #queries: CommandQuery;
	readonly #clock: Clock;
	readonly #bell: Bell;
	readonly #waits = new Set<Wait>();
	#isPolling = false;
	#isRunning = false;

	constructor({ queries, clock }: Pick<Backend, 'queries' | 'clock'>) {
		this.#queries = queries;
		this.#clock = clock;
		this.#bell = createBell(clock);
	}

	async waitFor(target: CommandAddress, options: WaitOptions = {}): Promise<CommandOutcome> {
		const address = parseCommandAddress(target);
		const parsed = parseArgument(WaitOptionsSchema, options, 'waitFor: an option');
		parsed.signal?.throwIfAborted();
		return new Promise((resolve, reject) => {
			this.#add({ address, ...parsed, resolve, reject });
		});
	}

	/** Rejects every wait with `InvalidOperationError`. */
	close(): void {
		for (const wait of this.#waits) {
			this.#end(wait);
			wait.reject(new InvalidOperationError('The command bus was closed while waiting.', 'closed'));
		}
		this.#bell.ring();
	}

	#add(request: WaitRequest): void {
		const now = this.#clock.now();
		const wait: Wait = {
			...request,
			deadlineAt: now + request.timeoutMs,
			nextPollAt: now,
			intervalMs: firstPollMs,
			lastStatus: undefined,
			lastError: undefined,
			onAbort: () => {
				this.#end(wait);
				wait.reject(wait.signal?.reason);
				this.#bell.ring();
			},
		};
		wait.signal?.addEventListener('abort', wait.onAbort, { once: true });
		this.#waits.add(wait);
		if (this.#isRunning) this.#bell.ring();
		else void this.#run();
	}

	async #run(): Promise<void> {
		this.#isRunning = true;
		// Whoever begins to wait in the same breath shares the first look.
		await Promise.resolve();
		while (this.#waits.size > 0) {
			const now = this.#clock.now();
			for (const wait of this.#waits) if (wait.deadlineAt <= now) this.#timeOut(wait);
			if (!this.#isPolling) this.#startPoll(now);
			await this.#bell.wait(this.#nextWakeAt() - now);
		}
		this.#isRunning = false;
	}

	#nextWakeAt(): number {
		let wakeAt = Infinity;
		for (const { deadlineAt, nextPollAt } of this.#waits) {
			wakeAt = Math.min(wakeAt, deadlineAt, this.#isPolling ? Infinity : nextPollAt);
		}
		return this.#waits.size === 0 ? 0 : wakeAt;
	}

	#startPoll(now: number): void {
		const due = [...this.#waits].filter((wait) => wait.nextPollAt <= now + slackMs).slice(0, commandsPerPoll);
		if (due.length > 0) void this.#poll(due);
	}

	async #poll(due: readonly Wait[]): Promise<void> {
		this.#isPolling = true;
		try {
			const records = await this.#queries.getMany(due.map(({ address }) => address));
			due.forEach((wait, index) => {
				this.#look(wait, records[index]);
			});
		} catch (error) {
			for (const wait of due) this.#couldNotLook(wait, error);
		}
		this.#isPolling = false;
		this.#bell.ring();
	}

	#look(wait: Wait, record: CommandRecord | undefined): void {
		const outcome = record && outcomeOf(record, wait.until);
		wait.lastStatus = record?.status;
		if (outcome !== undefined) {
			this.#end(wait);
			wait.resolve(outcome);
		} else if (record === undefined) {
			this.#end(wait);
			wait.reject(new CommandNotFoundError(wait.address.domain, wait.address.commandId));
		} else {
			this.#postpone(wait);
		}
	}

	/** The store being away is no reason to give up before the time is over; anything else is. */
	#couldNotLook(wait: Wait, error: unknown): void {
		wait.lastError = error;
		if (isCommandBusError(error, 'store') && error.isRetryable) {
			this.#postpone(wait);
		} else {
			this.#end(wait);
			wait.reject(error);
		}
	}

	#postpone(wait: Wait): void {
		wait.nextPollAt = this.#clock.now() + wait.intervalMs;
		wait.intervalMs = Math.min(wait.intervalMs * 1.5, maxPollMs);
	}

	#timeOut(wait: Wait): void {
		this.#end(wait);
		wait.reject(timedOut(wait));
	}

	#end(wait: Wait): void {
		this.#waits.delete(wait);
		wait.signal?.removeEventListener('abort', wait.onAbort);
	}
}

const WaitOptionsSchema = z.strictObject({
	timeoutMs: z.number().min(0).max(86_400_000).default(30_000),
	signal: z.instanceof(AbortSignal).optional(),
	until: z.enum(['terminal', 'settled']).default('terminal'),
});

interface WaitRequest extends z.output<typeof WaitOptionsSchema> {
	readonly address: CommandAddress;
	readonly resolve: (outcome: CommandOutcome) => void;
	readonly reject: (reason: unknown) => void;
}

interface Wait extends WaitRequest {
	readonly deadlineAt: number;
	nextPollAt: number;
	intervalMs: number;
	lastStatus: CommandStatus | undefined;
	lastError: unknown;
	readonly onAbort: () => void;
}

function outcomeOf(record: CommandRecord, until: Wait['until']): CommandOutcome | undefined {
	const { status, result, lastError } = record;
	const isOver = isTerminal(status) || (until === 'settled' && status === 'IN_TROUBLESHOOTING_QUEUE');
	return isOver ? { status, result, error: lastError, record } : undefined;
}

function timedOut({ address, timeoutMs, lastStatus, lastError }: Wait): WaitTimedOutError {
	const seen = lastStatus === undefined ? 'could not be looked up' : `is still ${lastStatus}`;
	return new WaitTimedOutError(
		`Command ${address.commandId} of "${address.domain}" ${seen} after ${timeoutMs} ms; waiting ended, the command goes on.`,
		{ cause: lastError },
	);
}
