/** Brings the answers to the commands of processes to their processes: the only place where a process moves by itself. */
import { DomainNotFoundError, HealthTracker, InvalidOperationError, domainQueues } from '@cb/core';
import type { Vitality, WakeSubscription } from '@cb/core';
import { ReplyLoop } from './reply-loop.ts';
import { parseRouterOptions } from './router-options.ts';
import type { ReplyRouterOptions, RouterParts } from './router-options.ts';

export interface RouterHealth extends Vitality {
	readonly domain: string;
	readonly queue: string;
	/** Answers received and not yet seen to. */
	readonly inFlight: number;
	readonly lastReceiveAt: Date | null;
	/** Whether notifications arrive; without, polling finds new answers. */
	readonly isListening: boolean;
}

export interface RouterStopOptions {
	/** @default the router's `stopTimeoutMs` */
	readonly timeoutMs?: number | undefined;
}

/** Works off the process reply queue of one domain. */
export interface ReplyRouter extends AsyncDisposable {
	/**
	 * Checks the schema, creates the domain if asked, and resolves once answers are being received. Rejects with `SchemaMismatchError`,
	 * `DomainNotFoundError` or `StoreError`; then nothing runs and it may be called again. From then on it reconnects for ever.
	 */
	start(): Promise<void>;
	/**
	 * Receives no more and resolves when the answers in flight are stored, or after `timeoutMs`: what is left is delivered again when its lease
	 * runs out. Repeated calls share the result.
	 */
	stop(options?: RouterStopOptions): Promise<void>;
	health(): RouterHealth;
}

/**
 * Throws `ConfigurationError` for options that cannot work. Nothing runs before `start`.
 *
 * Each answer and everything it causes is one transaction: state, step record, next command, trail and the acknowledgement of the message.
 * A router killed at any point leaves a process where it was or where it should be, and the answer comes again if it had no effect.
 */
export function createReplyRouter<Tx>(options: ReplyRouterOptions<Tx>): ReplyRouter {
	return new ProcessReplyRouter(parseRouterOptions(options));
}

class ProcessReplyRouter<Tx> implements ReplyRouter {
	readonly #parts: RouterParts<Tx>;
	readonly #health: HealthTracker;
	readonly #loops: readonly ReplyLoop<Tx>[];
	readonly #queue: string;
	#starting: Promise<void> | undefined;
	#stopping: Promise<void> | undefined;
	#subscription: WakeSubscription | undefined;

	constructor(parts: RouterParts<Tx>) {
		const { backend, telemetry, settings } = parts;
		const { domain, unhealthyAfterMs, concurrency } = settings;
		this.#parts = parts;
		this.#queue = domainQueues(domain).processReplies;
		this.#health = new HealthTracker({
			clock: backend.clock,
			telemetry,
			component: `reply router of ${domain}`,
			domain,
			unhealthyAfterMs,
			onFatal: () => {
				void this.stop();
			},
		});
		this.#loops = Array.from({ length: concurrency }, () => this.#newLoop());
	}

	start(): Promise<void> {
		this.#starting ??= this.#start();
		return this.#starting;
	}

	stop({ timeoutMs = this.#parts.settings.stopTimeoutMs }: RouterStopOptions = {}): Promise<void> {
		this.#stopping ??= this.#stop(timeoutMs);
		return this.#stopping;
	}

	health(): RouterHealth {
		const received = this.#loops.flatMap(({ lastReceiveAt }) => lastReceiveAt ?? []);
		return {
			...this.#health.vitality(),
			domain: this.#parts.settings.domain,
			queue: this.#queue,
			inFlight: this.#loops.reduce((sum, { inFlight }) => sum + inFlight, 0),
			lastReceiveAt: received.length === 0 ? null : new Date(Math.max(...received)),
			isListening: this.#subscription?.isListening() ?? false,
		};
	}

	async [Symbol.asyncDispose](): Promise<void> {
		await this.stop();
	}

	async #start(): Promise<void> {
		try {
			await this.#prepareStore();
			if (this.#parts.settings.useWakeSignal) this.#subscription = await this.#subscribe();
		} catch (error) {
			this.#starting = undefined;
			throw error;
		}
		this.#health.enter('running');
		for (const loop of this.#loops) loop.start();
	}

	async #prepareStore(): Promise<void> {
		const { backend, settings } = this.#parts;
		const { domain, createDomain } = settings;
		if (this.#stopping !== undefined) {
			throw new InvalidOperationError(`The reply router of "${domain}" was stopped; make a new one.`, 'stopped');
		}
		await backend.checkSchema();
		if (createDomain) {
			await backend.domains.create(domain);
			return;
		}
		const domains = await backend.domains.list();
		if (!domains.some((known) => known.domain === domain)) throw new DomainNotFoundError(domain);
	}

	#subscribe(): Promise<WakeSubscription> {
		return this.#parts.backend.wake.subscribe({ kind: 'replies', queue: this.#queue }, () => {
			this.#wakeOne();
		});
	}

	#newLoop(): ReplyLoop<Tx> {
		return new ReplyLoop(this.#parts, this.#health, () => {
			this.#wakeOne();
		});
	}

	/** One is enough until a set is full; the others would find nothing. Where all are busy each looks again by itself. */
	#wakeOne(): void {
		const waiting = this.#loops.find(({ isWaiting }) => isWaiting);
		for (const loop of waiting === undefined ? this.#loops : [waiting]) loop.wake();
	}

	async #stop(timeoutMs: number): Promise<void> {
		// A start that is under way decides first whether there is anything to stop.
		await this.#starting?.catch(() => undefined);
		this.#health.enter('stopping');
		const allEnded = new AbortController();
		const ended = Promise.all(this.#loops.map((loop) => loop.stop())).then(() => {
			allEnded.abort();
		});
		await Promise.race([ended, this.#parts.backend.clock.sleep(timeoutMs, allEnded.signal)]);
		await this.#subscription?.close().catch((error: unknown) => {
			this.#health.report('close the wake signal', error);
		});
		this.#health.enter('stopped');
	}
}
