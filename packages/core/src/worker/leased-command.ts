import type { ReceivedCommand } from '../model/command-record.ts';
import type { RegisteredHandler } from '../handling/handler-registry.ts';

/** A command this worker holds, from its receive until it is settled, lost or given back. Times are of this process's clock. */
export class LeasedCommand<Tx = unknown> {
	readonly command: ReceivedCommand;
	readonly receivedAt: number;
	/** When the lease has ended at the latest, unless it is renewed. */
	leaseEndsAt: number;
	registered: RegisteredHandler<Tx> | undefined;
	/** When its handler was started. */
	startedAt: number | undefined;
	/** Its outcome is decided: what its handler does from now on changes nothing. */
	isAnswered = false;
	/** Nothing is owed to the store any more: settled, lost, given back or let go. */
	isOver = false;
	/** A call that ends it is under way, so only that call knows whether the lease is lost. */
	isBeingSettled = false;
	#abort: AbortController | undefined;
	#abortReason: Error | undefined;

	constructor(command: ReceivedCommand, receivedAt: number, leaseEndsAt: number) {
		this.command = command;
		this.receivedAt = receivedAt;
		this.leaseEndsAt = leaseEndsAt;
	}

	/** Made when somebody asks for it: most handlers never do. */
	get signal(): AbortSignal {
		if (this.#abort === undefined) {
			this.#abort = new AbortController();
			if (this.#abortReason !== undefined) this.#abort.abort(this.#abortReason);
		}
		return this.#abort.signal;
	}

	get isAborted(): boolean {
		return this.#abortReason !== undefined;
	}

	/** The first reason stands. */
	abort(reason: Error): void {
		if (this.#abortReason !== undefined) return;
		this.#abortReason = reason;
		this.#abort?.abort(reason);
	}

	/** What telemetry says of a command. */
	get facts(): CommandFacts {
		const { domain, commandId, commandType, correlationId, lease } = this.command;
		return { domain, commandId, commandType, correlationId, attempt: lease.attempt };
	}
}

export interface CommandFacts {
	readonly domain: string;
	readonly commandId: string;
	readonly commandType: string;
	readonly correlationId: string;
	readonly attempt: number;
}
