/** Where a sequence is played: one domain of one adapter, empty at first. */
import type { BackendSubject } from '@cb/core/conformance';
import { createInMemorySubject } from '@cb/core/memory';
import type { Lease } from '@cb/core';
import type { Names } from './names.ts';
import { createNames } from './names.ts';

export const domain = 'model';

type Subject<Tx> = Pick<
	BackendSubject<Tx>,
	'backend' | 'elapse' | 'transaction' | 'messages' | 'archived' | 'putMessage'
>;

export interface Stage<Tx = unknown> extends Subject<Tx> {
	readonly names: Names;
	/** The leases handed out here, as the adapter knows them, by their text (see `leaseText`). */
	readonly leases: Map<string, Lease>;
}

/** Called for each sequence. */
export type OpenStage = () => Promise<Stage>;

export async function openMemoryStage(): Promise<Stage> {
	const subject = createInMemorySubject();
	await subject.backend.domains.create(domain);
	return { ...subject, names: createNames(), leases: new Map() };
}
