/** One connection through the proxy: what either side sends goes through a queue, so that whatever the network does, nothing overtakes. */
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { applicationNameOf } from './startup-message.ts';

export type Direction = 'request' | 'answer';

interface Fault {
	readonly kind: 'drop' | 'hold' | 'delay';
	readonly milliseconds?: number;
	readonly which: (link: Link) => boolean;
}

export interface Network {
	readonly fault: Fault | undefined;
	/** Whether everything breaks at this message. */
	isLost(direction: Direction): boolean;
}

export interface Link {
	readonly applicationName: string;
	/** Aborted when both sides are closed, or nothing can reach them any more. */
	readonly gone: AbortSignal;
	break(): void;
	halfClose(side: 'client' | 'server'): void;
	heal(lost: 'reset' | 'dead'): void;
}

type Deliver = () => void;

export function createLink(near: Socket, far: Socket, network: Network): Link {
	const gone = new AbortController();
	let applicationName = '';
	let hasLost = false;
	let healing = Promise.withResolvers<undefined>();
	const link: Link = {
		get applicationName() {
			return applicationName;
		},
		gone: gone.signal,
		break() {
			near.resetAndDestroy();
			far.destroy();
			gone.abort();
		},
		halfClose(side) {
			(side === 'client' ? near : far).end();
		},
		heal(lost) {
			healing.resolve(undefined);
			healing = Promise.withResolvers();
			if (hasLost && lost === 'reset') link.break();
		},
	};

	/** When this may arrive; undefined: never. */
	function passage(): Promise<unknown> | undefined {
		const fault = network.fault?.which(link) === true ? network.fault : undefined;
		if (fault?.kind === 'drop') hasLost = true;
		// TCP cannot go on behind a gap.
		if (hasLost) return undefined;
		if (fault === undefined) return Promise.resolve();
		return fault.kind === 'hold' ? healing.promise : sleep(fault.milliseconds);
	}

	function carry(from: Socket, to: Socket, direction: Direction): void {
		let queue = Promise.resolve();
		const send = (deliver: Deliver): void => {
			const passing = passage();
			if (passing === undefined) return;
			queue = queue.then(() => passing).then(deliver);
		};
		from.on('data', (data: Buffer) => {
			if (direction === 'request' && applicationName === '') applicationName = applicationNameOf(data);
			if (!network.isLost(direction)) send(() => to.writable && to.write(data));
		});
		from.on('error', () => undefined);
		from.on('end', () => {
			send(() => to.end());
		});
		from.on('close', () => {
			send(() => {
				to.destroySoon();
			});
			if (near.destroyed && far.destroyed) gone.abort();
		});
	}

	carry(near, far, 'request');
	carry(far, near, 'answer');
	return link;
}
