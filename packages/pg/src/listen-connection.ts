/**
 * One connection that LISTENs, re-established for ever with jittered delays, and asked now and then whether it still lives: one that a network
 * cut left half open looks alive.
 */
import type { Clock } from '@cb/core';
import type { Client } from 'pg';
import { keepAliveInitialDelayMillis } from './connections.ts';
import type { Hosts } from './hosts.ts';
import { createSocketSet } from './socket-set.ts';
import type { SocketSet } from './socket-set.ts';
import { timedQuery } from './timed-query.ts';

const heartbeatMs = 10_000;
const answerTimeoutMs = 5_000;
const longestDelayMs = 5_000;

export interface ListenConnectionParts {
	readonly hosts: Hosts;
	readonly applicationName: string;
	readonly clock: Clock;
	/** The channels wanted now. */
	readonly channels: () => ReadonlySet<string>;
	readonly onNotification: (channel: string) => void;
	/** Called after every (re)connection: whatever was sent while nobody listened is to be looked for. */
	readonly onConnected: () => void;
}

export class ListenConnection {
	readonly #parts: ListenConnectionParts;
	readonly #sockets: SocketSet;
	readonly #ending = new AbortController();
	#client: Client | undefined;
	#connecting: Promise<void> | undefined;

	constructor(parts: ListenConnectionParts) {
		this.#parts = parts;
		this.#sockets = createSocketSet(parts.clock);
	}

	get isListening(): boolean {
		return this.#client !== undefined;
	}

	/** Begins to connect where it is not connected, and returns at once. */
	ensureConnected(): void {
		if (this.#client !== undefined || this.#connecting !== undefined || this.#ending.signal.aborted) return;
		this.#connecting = this.#connectForEver().finally(() => {
			this.#connecting = undefined;
			// Lost again between the two awaits, or asked for while the attempt was giving up.
			if (this.#client === undefined && this.#parts.channels().size > 0) this.ensureConnected();
		});
	}

	/** True once the channel is listened to on the connection of now; false where there is none, or it just broke. */
	async listen(channel: string): Promise<boolean> {
		if (this.#client === undefined) return false;
		return listen(this.#client, channel).then(
			() => true,
			() => false,
		);
	}

	async close(): Promise<void> {
		this.#ending.abort();
		const client = this.#client;
		this.#client = undefined;
		await this.#sockets.closeWithin(answerTimeoutMs, async () => {
			await end(client);
			await this.#connecting;
		});
	}

	/** Waits between rounds, not between the hosts of one. */
	async #connectForEver(): Promise<void> {
		const { clock, channels, hosts } = this.#parts;
		for (let tries = 1; !this.#ending.signal.aborted && channels().size > 0; tries++) {
			if (await this.#connectOnce()) return;
			if (tries % hosts.count > 0) continue;
			const attempt = tries / hosts.count - 1;
			const delayMs = Math.min(100 * 2 ** attempt, longestDelayMs);
			await clock.sleep(delayMs * (0.5 + Math.random()), this.#ending.signal);
		}
	}

	async #connectOnce(): Promise<boolean> {
		const next = this.#open();
		try {
			await next.connect();
			await this.#listenToAll(next);
		} catch {
			await end(next);
			return false;
		}
		if (this.#ending.signal.aborted) {
			await end(next);
			return true;
		}
		this.#client = next;
		void this.#watch(next);
		this.#parts.onConnected();
		return true;
	}

	#open(): Client {
		const client = new this.#parts.hosts.Client({
			...this.#sockets.withSockets({}),
			application_name: this.#parts.applicationName,
			keepAlive: true,
			keepAliveInitialDelayMillis,
			connectionTimeoutMillis: 5_000,
		});
		const lose = (): void => {
			this.#lose(client);
		};
		client.on('error', lose);
		client.on('end', lose);
		client.on('notification', ({ channel }) => {
			this.#parts.onNotification(channel);
		});
		return client;
	}

	/** Also to what is wanted meanwhile, so that no channel is forgotten between two awaits. */
	async #listenToAll(client: Client): Promise<void> {
		const listened = new Set<string>();
		for (;;) {
			const missing = [...this.#parts.channels()].find((channel) => !listened.has(channel));
			if (missing === undefined) return;
			await listen(client, missing);
			listened.add(missing);
		}
	}

	async #watch(client: Client): Promise<void> {
		while (this.#client === client) {
			await this.#parts.clock.sleep(heartbeatMs, this.#ending.signal);
			if (this.#client !== client) return;
			if (!(await this.#isAlive(client))) this.#lose(client);
		}
	}

	/** Answers, and is still on the server that the others are on: notifications of any other never come. */
	async #isAlive(client: Client): Promise<boolean> {
		const { hosts } = this.#parts;
		if (!hosts.isCurrent(client)) return false;
		return client
			.query(timedQuery('select', [], { timeoutMs: answerTimeoutMs }))
			.then(() => hosts.check(client, answerTimeoutMs))
			.then(
				() => true,
				() => false,
			);
	}

	#lose(client: Client): void {
		if (this.#client !== client) return;
		this.#client = undefined;
		void end(client);
		this.ensureConnected();
	}
}

async function listen(client: Client, channel: string): Promise<void> {
	await client.query(timedQuery(`listen ${client.escapeIdentifier(channel)}`, [], { timeoutMs: answerTimeoutMs }));
}

async function end(client: Client | undefined): Promise<void> {
	await client?.end().catch(() => undefined);
}
