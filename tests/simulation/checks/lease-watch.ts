/**
 * Leases as they are seen at the door of the store: who holds what until when, kept by this file alone. What the store answers is held
 * against it at once, call by call.
 */
import type { CommandStore, Lease, ReceivedCommand, SettleOutcome, Settlement } from '@cb/core';
import type { MemoryTransaction } from '@cb/core/memory';
import type { World } from '../world.ts';

type Commands = CommandStore<MemoryTransaction>;

/** The same store, watched: a promise about leases that it breaks ends the run. */
export function watchLeases(world: World, commands: Commands): Commands {
	const watch = new LeaseWatch(world);
	return {
		...commands,
		receive: async (request) => {
			const received = await commands.receive(request);
			for (const command of received.commands) watch.granted(command, request.leaseSeconds);
			return received;
		},
		settle: async (domain, settlements) => {
			const outcomes = await commands.settle(domain, settlements);
			for (const [index, settlement] of settlements.entries()) watch.settled(settlement, outcomes[index]);
			return outcomes;
		},
		completeInTransaction: async (address, work) => {
			const result = await commands.completeInTransaction(address, work);
			watch.ended(address.lease, 'completed with its work');
			return result;
		},
		extend: async (domain, leases, leaseSeconds) => {
			const lost = await commands.extend(domain, leases, leaseSeconds);
			for (const lease of leases) watch.extended(lease, leaseSeconds, lost.includes(lease));
			return lost;
		},
		release: async (domain, leases, delaySeconds) => {
			await commands.release(domain, leases, delaySeconds);
			for (const lease of leases) await watch.released(domain, lease);
		},
	};
}

interface RunningLease {
	readonly lease: Lease;
	readonly runsUntil: number;
}

class LeaseWatch {
	readonly #world: World;
	/** By command: the newest lease, unless it has ended. */
	readonly #leases = new Map<string, RunningLease>();

	constructor(world: World) {
		this.#world = world;
	}

	granted({ commandId, lease }: ReceivedCommand, leaseSeconds: number): void {
		const other = this.#leases.get(commandId)?.lease;
		if (other !== undefined && this.#runs(other)) {
			this.#world.violated(`${nameOf(lease)} was leased while ${nameOf(other)} still runs`);
		}
		this.#keep(lease, leaseSeconds);
	}

	settled({ kind, lease }: Settlement, outcome: SettleOutcome | undefined): void {
		if (outcome?.kind === 'settled') this.ended(lease, kind);
		else if (this.#runs(lease)) this.#world.violated(`${nameOf(lease)} runs, and its ${kind} was refused`);
	}

	ended(lease: Lease, how: string): void {
		if (!this.#runs(lease)) this.#world.violated(`${nameOf(lease)} is lost, and its ${how} was stored`);
		else this.#leases.delete(lease.commandId);
	}

	extended(lease: Lease, leaseSeconds: number, isLost: boolean): void {
		if (isLost === this.#runs(lease)) {
			this.#world.violated(
				`${nameOf(lease)} ${isLost ? 'runs, and was said to be lost' : 'is lost, and was extended'}`,
			);
		}
		if (!isLost) this.#keep(lease, leaseSeconds);
	}

	/** As if it had never been received. */
	async released(domain: string, lease: Lease): Promise<void> {
		if (!this.#runs(lease)) return;
		this.#leases.delete(lease.commandId);
		const record = await this.#world.record({ domain, commandId: lease.commandId });
		const { status, attempts } = record ?? { status: 'gone', attempts: 0 };
		if (status === 'PENDING' && attempts === lease.attempt - 1) return;
		this.#world.violated(`${nameOf(lease)} was given back and is ${status} with ${attempts} attempts`);
	}

	/** In whole milliseconds, as the store counts. */
	get #now(): number {
		return Math.floor(this.#world.scheduler.now);
	}

	#runs({ commandId, messageId, attempt }: Lease): boolean {
		const held = this.#leases.get(commandId);
		const isNewest = held?.lease.messageId === messageId && held.lease.attempt === attempt;
		return isNewest && this.#now < held.runsUntil;
	}

	#keep(lease: Lease, leaseSeconds: number): void {
		const runsUntil = this.#now + leaseSeconds * 1_000;
		this.#leases.set(lease.commandId, { lease, runsUntil });
	}
}

function nameOf({ commandId, messageId, attempt }: Lease): string {
	return `attempt ${attempt} of message ${messageId} of command ${commandId}`;
}
