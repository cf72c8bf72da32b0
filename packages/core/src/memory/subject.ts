/** The in-memory backend with the doors that conformance suites and other tests need. */
import type { BackendSubject } from '../conformance/subject.ts';
import { createManualClock } from './manual-clock.ts';
import type { ManualClock } from './manual-clock.ts';
import { openInMemoryBackend } from './backend.ts';
import type { InMemoryBackend } from './backend.ts';
import { bodyOf, sendMessage } from './queues.ts';
import type { MemoryTransaction } from './state.ts';

export interface InMemorySubject extends BackendSubject<MemoryTransaction> {
	readonly backend: InMemoryBackend;
}

/**
 * A fresh backend with a look at its queues and archives and a way to open a caller's transaction. All time, also that of leases and delays,
 * comes from `clock` (@default a new manual clock).
 */
export function createInMemorySubject(clock: ManualClock = createManualClock()): InMemorySubject {
	const { backend, state } = openInMemoryBackend(clock);
	return {
		backend,
		elapse: (milliseconds) => clock.advance(milliseconds),
		transaction: (work) => state.transaction(work),
		messages: (queue) =>
			state.step((step) =>
				[...step.in('messages', queue).all()].map((row) => ({ messageId: row.messageId, body: bodyOf(row) })),
			),
		archived: (queue) =>
			state.step((step) =>
				[...step.in('archive', queue).all()]
					.map((row) => ({ messageId: row.messageId, body: bodyOf(row) }))
					.sort((a, b) => Number(a.messageId) - Number(b.messageId)),
			),
		putMessage: (queue, body) => state.step((step) => sendMessage(step, queue, { body })),
		dropQueue: (queue) =>
			state.step((step) => {
				step.in('queues').remove(queue);
				for (const { messageId } of step.in('messages', queue).all()) step.in('messages', queue).remove(messageId);
				for (const { messageId } of step.in('archive', queue).all()) step.in('archive', queue).remove(messageId);
			}),
		dropArchived: (queue, messageId) =>
			state.step((step) => {
				step.in('archive', queue).remove(messageId);
			}),
		close: () => backend.close(),
	};
}
