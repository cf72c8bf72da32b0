/** A TCP proxy in front of PostgreSQL that does on one machine what networks do: break, lose, hold up, delay, close one way, refuse. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { createLink, type Direction, type Link, type Network } from './tcp-link.ts';

/** A connection through the proxy, as far as one may want to choose by it. */
export interface ProxiedConnection {
	/** As the client names itself to the server; empty until it has. */
	readonly applicationName: string;
}

type Which = (connection: ProxiedConnection) => boolean;

/** Faults hold for the connections of now and for new ones that `which` chooses, until `heal` or the next fault. */
export interface TcpProxy {
	/** The address of the database through the proxy. */
	readonly url: string;
	readonly connectionCount: number;
	/** Breaks connections, as a restarted router does. New ones may be made. */
	cut(which?: Which): void;
	/** Swallows everything and tells nobody: connections look alive, half open. New ones are taken and never answered. */
	drop(which?: Which): void;
	/** Holds everything up; it arrives after `heal`, as TCP sends again what got lost. */
	hold(which?: Which): void;
	/** Everything arrives so much later. */
	delay(milliseconds: number, which?: Which): void;
	/** Tells one side of each connection of now that the other one has finished sending. The other one is not told. */
	halfClose(side: 'client' | 'server', which?: Which): void;
	/** Breaks every connection and refuses new ones. */
	refuse(): void;
	/**
	 * Ends a fault. Connections that lost bytes are reset, as servers do with what they do not know; or they stay dead for ever, as behind a
	 * firewall that forgot them.
	 * @default 'reset'
	 */
	heal(lost?: 'reset' | 'dead'): void;
	/** Breaks every connection at the n-th message from here on that a client sends: before it arrives, or when the answer is on its way. */
	cutAt(message: number, when: Direction): void;
	close(): Promise<void>;
}

const everyConnection: Which = () => true;

export async function openTcpProxy(databaseUrl: string): Promise<TcpProxy> {
	const target = new URL(databaseUrl);
	const links = new Set<Link>();
	const network = createNetwork(() => {
		for (const link of links) link.break();
	});
	const server = createServer({ allowHalfOpen: true }, (near) => {
		if (network.isRefusing) near.resetAndDestroy();
		else addLink(near);
	});

	function addLink(near: Socket): void {
		const far = connect({ port: Number(target.port || '5432'), host: target.hostname, allowHalfOpen: true });
		const link = createLink(near, far, network);
		links.add(link);
		link.gone.addEventListener('abort', () => links.delete(link));
	}

	function chosen(which: Which = everyConnection): readonly Link[] {
		return [...links].filter(which);
	}

	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	return {
		url: urlThrough(target, server.address()),
		get connectionCount() {
			return links.size;
		},
		cut(which) {
			for (const link of chosen(which)) link.break();
		},
		drop: (which = everyConnection) => {
			network.fault = { kind: 'drop', which };
		},
		hold: (which = everyConnection) => {
			network.fault = { kind: 'hold', which };
		},
		delay: (milliseconds, which = everyConnection) => {
			network.fault = { kind: 'delay', which, milliseconds };
		},
		halfClose(side, which) {
			for (const link of chosen(which)) link.halfClose(side);
		},
		refuse() {
			network.isRefusing = true;
			for (const link of links) link.break();
		},
		heal(lost = 'reset') {
			network.isRefusing = false;
			network.fault = undefined;
			for (const link of links) link.heal(lost);
		},
		cutAt: (message, when) => {
			network.cutAt(message, when);
		},
		async close() {
			server.close();
			for (const link of links) link.break();
			await once(server, 'close');
		},
	};
}

interface OwnNetwork extends Network {
	isRefusing: boolean;
	fault: Network['fault'];
	cutAt(message: number, when: Direction): void;
}

function createNetwork(breakAll: () => void): OwnNetwork {
	let messagesLeft = 0;
	let cutWhen: Direction = 'request';
	let isAnswerAwaited = false;

	function isCutting(direction: Direction): boolean {
		if (direction === 'answer') return isAnswerAwaited;
		if (messagesLeft === 0) return false;
		messagesLeft--;
		if (messagesLeft > 0) return false;
		isAnswerAwaited = cutWhen === 'answer';
		return cutWhen === 'request';
	}

	return {
		isRefusing: false,
		fault: undefined,
		isLost(direction) {
			if (!isCutting(direction)) return false;
			isAnswerAwaited = false;
			breakAll();
			return true;
		},
		cutAt(message, when) {
			messagesLeft = message;
			cutWhen = when;
		},
	};
}

function urlThrough(target: URL, address: ReturnType<ReturnType<typeof createServer>['address']>): string {
	const url = new URL(target);
	url.hostname = '127.0.0.1';
	url.port = String(typeof address === 'object' ? address?.port : '');
	return url.href;
}
