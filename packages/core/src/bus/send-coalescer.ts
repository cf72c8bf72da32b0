/**
 * Lets sends of concurrent callers share transactions: worth a factor of ten on single sends. A caller's promise settles after the
 * commit of the set its command went with; a command that is refused fails alone.
 */
import { createBatcher } from '../batcher.ts';
import type { AcceptOutcome } from '../ports/command-store.ts';
import type { NewCommand } from '../model/command-record.ts';
import type { PreparedCommand } from './prepare-command.ts';

export interface CoalescingOptions {
	/** Transactions under way at a time, each on a connection of its own. @default 2 */
	readonly maxInFlight: number;
	/** Commands in a transaction. @default 500 */
	readonly maxSize: number;
	/** Payload bytes in a transaction. @default 4 MiB */
	readonly maxBytes: number;
}

export interface SendCoalescer {
	/**
	 * Resolves after the commit with what became of this command. Rejects with what the whole call was rejected with; it is not
	 * repeated here, because nobody knows whether it took effect: the adapter repeats what is safe to repeat.
	 */
	accept(prepared: PreparedCommand): Promise<AcceptOutcome>;
	/** Resolves when nothing waits to be stored. */
	idle(): Promise<void>;
}

export function createSendCoalescer(
	acceptSet: (commands: readonly NewCommand[]) => Promise<readonly AcceptOutcome[]>,
	options: CoalescingOptions,
): SendCoalescer {
	const batcher = createBatcher<PendingSend>({
		maxInFlight: options.maxInFlight,
		maxSize: options.maxSize,
		maxWeight: options.maxBytes,
		weigh: ({ prepared }) => prepared.bytes,
		run: (pending) => runSet(pending, acceptSet),
	});
	return {
		accept(prepared) {
			return new Promise((resolve, reject) => {
				batcher.add({ prepared, resolve, reject });
			});
		},
		idle: () => batcher.idle(),
	};
}

interface PendingSend {
	readonly prepared: PreparedCommand;
	readonly resolve: (outcome: AcceptOutcome) => void;
	readonly reject: (reason: unknown) => void;
}

async function runSet(
	pending: readonly PendingSend[],
	acceptSet: (commands: readonly NewCommand[]) => Promise<readonly AcceptOutcome[]>,
): Promise<void> {
	try {
		const outcomes = await acceptSet(pending.map(({ prepared }) => prepared.command));
		pending.forEach(({ resolve }, index) => {
			resolve(outcomes[index] ?? notStored);
		});
	} catch (error) {
		for (const { reject } of pending) reject(error);
	}
}

const notStored: AcceptOutcome = { kind: 'not-stored' };
