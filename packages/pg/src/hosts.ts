/**
 * The servers of one database, and which of them is thought to be the primary: the first that answered and takes writes, until it does
 * not any more. Shared by every connection of a backend, so that one of them finds the new primary for all.
 */
import { StoreError, isCommandBusError } from '@cb/core';
import { Client } from 'pg';
import type { ClientBase, ClientConfig } from 'pg';
import { parseHosts } from './parse-hosts.ts';
import { storeErrorOf } from './sqlstate.ts';
import { takesWrites } from './statements/takes-writes.ts';

export interface Hosts {
	readonly count: number;
	/**
	 * The driver's client, each one for the host that is the primary as far as is known. Connecting fails where that host takes no writes.
	 * Settings go before those of the connection; only a stream of its own stays.
	 */
	readonly Client: new (settings?: ClientConfig) => Client;
	/** Whether this client's host is still the one that is taken for the primary. */
	isCurrent(client: ClientBase): boolean;
	/** Throws where the client's host must take writes and does not. */
	check(client: ClientBase, timeoutMs: number | undefined): Promise<void>;
}

type Connected = (error: Error | null, client?: Client) => void;

/** Throws `ConfigurationError` for a list of hosts that cannot work. */
export function createHosts(connection: string | ClientConfig): Hosts {
	const { configs, mustTakeWrites } = parseHosts(connection);
	const hostOf = new WeakMap<ClientBase, number>();
	let current = 0;

	/** This client's host is not the primary, or not any more: the next one is tried. */
	function leave(client: ClientBase): void {
		if (hostOf.get(client) === current) current = (current + 1) % configs.length;
	}

	async function check(client: ClientBase, timeoutMs: number | undefined): Promise<void> {
		if (mustTakeWrites && !(await takesWrites(client, timeoutMs))) throw noWrites();
	}

	class HostClient extends Client {
		readonly #timeoutMs: number | undefined;

		constructor(settings: ClientConfig = {}) {
			const config = configs[current] ?? configs[0];
			const { stream = settings.stream, connectionTimeoutMillis } = { ...settings, ...config };
			super({ ...config, ...settings, ...(stream && { stream }) });
			hostOf.set(this, current);
			this.#timeoutMs = settings.connectionTimeoutMillis ?? connectionTimeoutMillis;
			// A connection that breaks shows at its next statement; nobody else listens while it is being checked.
			this.on('error', () => undefined);
		}

		override connect(): Promise<Client>;
		override connect(callback: Connected): void;
		override connect(callback?: Connected): Promise<Client> | undefined {
			const connecting = this.#connect();
			if (callback === undefined) return connecting;
			connecting.then((client) => {
				callback(null, client);
			}, callback);
			return undefined;
		}

		async #connect(): Promise<Client> {
			try {
				await super.connect();
				await check(this, this.#timeoutMs);
				return this;
			} catch (error) {
				leave(this);
				void this.end().catch(() => undefined);
				throw configs.length === 1 ? error : named(error, this);
			}
		}
	}

	return {
		count: configs.length,
		Client: HostClient,
		isCurrent: (client) => hostOf.get(client) === current,
		check,
	};
}

/** Tries until each host had its turn. Throws a translated error: of the one host, or of all of them. */
export async function tryHosts<Result>(hosts: Hosts, attempt: () => Promise<Result>): Promise<Result> {
	const failures: StoreError[] = [];
	for (;;) {
		try {
			return await attempt();
		} catch (error) {
			const known = isCommandBusError(error, 'store') ? error : storeErrorOf(error);
			if (known === undefined) throw error;
			failures.push(known);
			if (failures.length >= hosts.count || !isOfHost(known)) throw summaryOf(failures, known);
		}
	}
}

/** An error that says nothing about the other hosts. A wrong password is wrong everywhere, and who waits for a pool has asked no host. */
function isOfHost({ reason, isRetryable, message }: StoreError): boolean {
	const isUnreachable = reason === 'connection' || reason === 'too-many-connections';
	return isUnreachable && isRetryable && !message.includes('timeout exceeded when trying to connect');
}

function summaryOf(failures: readonly StoreError[], last: StoreError): StoreError {
	if (failures.length === 1 || !isOfHost(last)) return last;
	const told = failures.find(({ reason }) => reason !== 'connection') ?? last;
	const each = failures.map(({ message }) => message).join('; ');
	return new StoreError(`None of ${String(failures.length)} hosts takes writes now: ${each}`, told, { cause: last });
}

/** An error that says which of the hosts it is about. */
function named(error: unknown, { host, port }: Client): unknown {
	const known = isCommandBusError(error, 'store') ? error : storeErrorOf(error);
	if (known === undefined) return error;
	return new StoreError(`${host}:${String(port)}: ${known.message}`, known, { cause: error });
}

function noWrites(): StoreError {
	return new StoreError('The server takes no writes: it is a standby, or read-only.', {
		reason: 'connection',
		isRetryable: true,
	});
}
