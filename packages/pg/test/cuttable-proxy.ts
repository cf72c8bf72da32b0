/** A TCP proxy in front of PostgreSQL that a test can cut, freeze or close: what networks do, on one machine. */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export interface CuttableProxy {
	/** The address of a database through the proxy. */
	readonly url: string;
	/** Connections that go through it now. */
	readonly connectionCount: number;
	/** Breaks every connection, as a restarted router does. New ones may be made. */
	cut(): void;
	/** Swallows everything and tells nobody: connections look alive, half open. New ones are taken and never answered. */
	freeze(): void;
	/** Breaks every connection and refuses new ones. */
	refuse(): void;
	/** Ends a freeze or a refusal. What was frozen has lost bytes and is broken. */
	allow(): void;
	/**
	 * Breaks every connection at the n-th message from here on that a client sends: before it arrives, or when the answer is on its way.
	 */
	cutAt(message: number, when: 'request' | 'answer'): void;
}

interface Pair {
	readonly near: Socket;
	readonly far: Socket;
}

/** Closed when the test ends. */
export async function openProxy(databaseUrl: string): Promise<CuttableProxy> {
	const target = new URL(databaseUrl);
	const pairs = new Set<Pair>();
	let isRefusing = false;
	let isFrozen = false;
	let isAnswerAwaited = false;
	let messagesLeft = 0;
	let cutWhen: 'request' | 'answer' = 'request';

	const server = createServer({ allowHalfOpen: true }, (near) => {
		if (isRefusing) {
			near.destroy();
			return;
		}
		const far = connect({ port: Number(target.port || '5432'), host: target.hostname, allowHalfOpen: true });
		const pair = { near, far };
		join(pair, pairs, { isFrozen: () => isFrozen, isLost });
	});

	/** Whether this message is the one at which everything breaks. */
	function isLost(direction: Direction): boolean {
		const isCut = direction === 'request' ? isCuttingRequest() : isAnswerAwaited;
		if (!isCut) return false;
		isAnswerAwaited = false;
		cut();
		return true;
	}

	function isCuttingRequest(): boolean {
		if (messagesLeft === 0) return false;
		messagesLeft--;
		if (messagesLeft > 0) return false;
		isAnswerAwaited = cutWhen === 'answer';
		return cutWhen === 'request';
	}

	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	const cut = (): void => {
		for (const { near, far } of pairs) {
			near.resetAndDestroy();
			far.destroy();
		}
	};
	onTestFinished(() => {
		cut();
		server.close();
	});

	const address = server.address();
	const url = new URL(databaseUrl);
	url.hostname = '127.0.0.1';
	url.port = String(typeof address === 'object' ? address?.port : '');
	return {
		url: url.href,
		get connectionCount() {
			return pairs.size;
		},
		cut,
		freeze() {
			isFrozen = true;
		},
		refuse() {
			isRefusing = true;
			cut();
		},
		allow() {
			if (isFrozen) cut();
			isRefusing = false;
			isFrozen = false;
		},
		cutAt(message, when) {
			messagesLeft = message;
			cutWhen = when;
		},
	};
}

type Direction = 'request' | 'answer';

interface Network {
	isFrozen(): boolean;
	isLost(direction: Direction): boolean;
}

function join(pair: Pair, pairs: Set<Pair>, network: Network): void {
	const { near, far } = pair;
	pairs.add(pair);
	for (const [from, to, direction] of [
		[near, far, 'request'],
		[far, near, 'answer'],
	] as const) {
		from.on('data', (data) => {
			if (!network.isFrozen() && !network.isLost(direction)) to.write(data);
		});
		from.on('error', () => undefined);
		// A frozen network does not even carry the news of an end.
		from.on('end', () => {
			if (!network.isFrozen()) to.end();
		});
		from.on('close', () => {
			if (!network.isFrozen()) to.destroy();
			pairs.delete(pair);
		});
	}
}
