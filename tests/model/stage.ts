/** Where a sequence is played: one domain of one adapter, empty at first. */
import type { BackendSubject } from '@cb/core/conformance';
import { createInMemorySubject } from '@cb/core/memory';
import type { Lease, ReceivedReply } from '@cb/core';
import type { Names } from './names.ts';
import { createNames } from './names.ts';
import type { Answer } from './semantics/world.ts';

export const domain = 'model';

type Subject<Tx> = Pick<
	BackendSubject<Tx>,
	'backend' | 'elapse' | 'transaction' | 'messages' | 'archived' | 'putMessage'
>;

export interface Stage<Tx = unknown> extends Subject<Tx> {
	readonly names: Names;
	/** The leases handed out here, as the adapter knows them, by their text (see `leaseText`). */
	readonly leases: Map<string, Lease>;
	/** What readers of reply queues have in hand, by reader. */
	readonly hands: Map<string, readonly ReceivedReply[]>;
	/** Every answer that one of them has seen, by its id. */
	readonly read: Map<string, Answer>;
}

/** What a stage remembers, empty at first. */
export function emptyMemory(): Pick<Stage, 'names' | 'leases' | 'hands' | 'read'> {
	return { names: createNames(), leases: new Map(), hands: new Map(), read: new Map() };
}

/** Called for each sequence. */
export type OpenStage = () => Promise<Stage>;

export async function openMemoryStage(): Promise<Stage> {
	const subject = createInMemorySubject();
	await subject.backend.domains.create(domain);
	return { ...subject, ...emptyMemory() };
}
