/**
 * The sockets of the adapter's own connections. Ending a connection waits for the other side's farewell, which a broken network never carries:
 * then its socket is destroyed instead.
 */
import { Socket } from 'node:net';
import type { Clock } from '@cb/core';
import type { ClientConfig } from 'pg';

export interface SocketSet {
	/** The configuration with its sockets in this set. One that brings streams of its own keeps them. */
	withSockets(config: ClientConfig): ClientConfig;
	/** Waits for `ending`, and destroys what is still open after `limitMs`. */
	closeWithin(limitMs: number, ending: () => Promise<unknown>): Promise<void>;
}

export function createSocketSet(clock: Clock): SocketSet {
	const open = new Set<Socket>();

	function newSocket(): Socket {
		const socket = new Socket();
		open.add(socket);
		socket.once('close', () => open.delete(socket));
		return socket;
	}

	return {
		withSockets: (config) => (config.stream === undefined ? { ...config, stream: newSocket } : config),
		async closeWithin(limitMs, ending) {
			const ended = new AbortController();
			void clock.sleep(limitMs, ended.signal).then(() => {
				for (const socket of open) socket.destroy();
			});
			await ending();
			ended.abort();
		},
	};
}
