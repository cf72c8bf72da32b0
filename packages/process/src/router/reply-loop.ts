/** One reader of a reply queue: receive a set, handle it, and look again while there was something. It never ends by itself. */
import { createBell, domainQueues, reconnectDelayMs } from '@cb/core';
import type { Bell, HealthTracker, ReceivedReply } from '@cb/core';
import { handleReplies } from './handle-replies.ts';
import type { RouterParts } from './router-options.ts';

/** The store's clock and ours may differ a little. */
const comeAgainMs = 5_000;

export class ReplyLoop<Tx> {
	readonly #parts: RouterParts<Tx>;
	readonly #health: HealthTracker;
	readonly #onFullSet: () => void;
	readonly #bell: Bell;
	readonly #stopped = new AbortController();
	#ended: Promise<void> = Promise.resolve();
	#mayHaveMore = true;
	#inFlight = 0;
	#lastReceiveAt: number | undefined;
	#gaveUpAt: number | undefined;
	#isWaiting = false;

	/** `onFullSet` is told of a set after which there is likely more. */
	constructor(parts: RouterParts<Tx>, health: HealthTracker, onFullSet: () => void) {
		this.#parts = parts;
		this.#health = health;
		this.#onFullSet = onFullSet;
		this.#bell = createBell(parts.backend.clock);
	}

	/** Answers received and not yet seen to. */
	get inFlight(): number {
		return this.#inFlight;
	}

	get lastReceiveAt(): number | undefined {
		return this.#lastReceiveAt;
	}

	/** It has nothing to do and waits for an answer. */
	get isWaiting(): boolean {
		return this.#isWaiting;
	}

	start(): void {
		this.#ended = this.#run();
	}

	/** An answer may have arrived. */
	wake(): void {
		this.#mayHaveMore = true;
		this.#bell.ring();
	}

	/** Nothing more is received. Resolves when what is in flight has been seen to. */
	stop(): Promise<void> {
		this.#stopped.abort();
		this.#bell.ring();
		return this.#ended;
	}

	async #run(): Promise<void> {
		while (!this.#isStopped()) {
			const received = await this.#receive();
			if (received.length > 0) await this.#handle(received);
			else if (!this.#mayHaveMore && !this.#isStopped()) await this.#wait();
		}
	}

	async #wait(): Promise<void> {
		this.#isWaiting = true;
		await this.#bell.wait(this.#pollDelayMs());
		this.#isWaiting = false;
	}

	#isStopped(): boolean {
		return this.#stopped.signal.aborted;
	}

	/** Spread a little, so that several routers do not look at one moment. */
	#pollDelayMs(): number {
		return this.#parts.settings.pollIntervalMs * (1 - Math.random() / 10);
	}

	async #receive(): Promise<readonly ReceivedReply[]> {
		const { backend, settings } = this.#parts;
		const { domain, batchSize, leaseSeconds } = settings;
		this.#mayHaveMore = false;
		try {
			const received = await backend.replies.receive(domainQueues(domain).processReplies, batchSize, leaseSeconds);
			this.#health.succeeded('receive');
			this.#lastReceiveAt = backend.clock.now();
			if (received.length === 0) this.#foundNothing();
			if (received.length === batchSize) this.#onFullSet();
			return received;
		} catch (error) {
			this.#mayHaveMore = true;
			await this.#pauseAfter('receive', error);
			return [];
		}
	}

	/** While the leases run, a set that the infrastructure failed is tried again; after that its answers come again by themselves. */
	async #handle(received: readonly ReceivedReply[]): Promise<void> {
		const { backend, settings } = this.#parts;
		const leaseEndsAt = backend.clock.now() + settings.leaseSeconds * 1_000;
		this.#inFlight = received.length;
		let isHandled: boolean;
		do {
			isHandled = await this.#tryToHandle(received);
		} while (!isHandled && !this.#isStopped() && backend.clock.now() < leaseEndsAt);
		this.#inFlight = 0;
		if (!isHandled) this.#gaveUpAt = backend.clock.now();
	}

	async #tryToHandle(received: readonly ReceivedReply[]): Promise<boolean> {
		try {
			await handleReplies(this.#parts, received);
			this.#health.succeeded('advance');
			return true;
		} catch (error) {
			await this.#pauseAfter('advance', error);
			return false;
		}
	}

	/** Answers that were given up come again at once; when none comes, another router has them, and nothing is left to fail. */
	#foundNothing(): void {
		if (this.#gaveUpAt === undefined || this.#parts.backend.clock.now() - this.#gaveUpAt < comeAgainMs) return;
		this.#gaveUpAt = undefined;
		this.#health.succeeded('advance');
	}

	async #pauseAfter(operation: 'receive' | 'advance', error: unknown): Promise<void> {
		this.#health.failed(operation, error);
		const delayMs = reconnectDelayMs(this.#health.failuresOf(operation), Math.random());
		await this.#parts.backend.clock.sleep(delayMs, this.#stopped.signal);
	}
}
