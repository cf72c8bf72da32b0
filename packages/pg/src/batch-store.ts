/** Batches: stored with all their commands or not at all, found finished by whoever comes after the last member. */
import { InvalidArgumentError } from '@cb/core';
import type { AcceptOutcome, BatchStore, NewBatch, NewCommand, OpenBatchOutcome } from '@cb/core';
import { acceptOutcomes, topicsOf } from './accept.ts';
import { parsePage } from './page-rows.ts';
import type { Database } from './database.ts';
import { replyTopic } from './notifier.ts';
import type { Notifier } from './notifier.ts';
import type { Queryable } from './queryable.ts';
import { acceptCommands } from './statements/accept-commands.ts';
import {
	countBatch,
	finishBatches,
	insertBatch,
	listBatches,
	listMembers,
	readBatchHistory,
	readBatches,
} from './statements/batches.ts';
import { releaseSavepoint, rollBackTo, savepoint } from './transaction.ts';

type Chunks = readonly (readonly NewCommand[])[];

export function createBatchStore(database: Database, notifier: Notifier): BatchStore<Queryable> {
	return {
		async open(batch, chunks, tx) {
			const commands = chunks.flat();
			if (commands.length === 0) {
				throw new InvalidArgumentError(`Batch ${batch.batchId} has no commands. A batch needs at least one.`);
			}
			const topics = topicsOf(commands);
			if (tx !== undefined) {
				const { outcome, transactionId } = await openIn(database.join(tx), batch, chunks);
				if (transactionId !== undefined) notifier.notifyAfterCommit(transactionId, topics);
				return outcome;
			}
			const { outcome } = await database.transaction((own) => openIn(own, batch, chunks));
			if (outcome.kind === 'opened') notifier.notify(topics);
			return outcome;
		},
		async finish(batches) {
			const { finished, records } = await database.transaction(async (tx) => {
				const done = await finishBatches(tx, batches);
				return {
					finished: done,
					records:
						done.length === 0
							? []
							: await readBatches(
									tx,
									done.map(({ address }) => address),
								),
				};
			});
			notifier.notify(finished.flatMap(({ queue }) => (queue === null ? [] : [replyTopic(queue)])));
			return records;
		},
		get: async (address) => (await database.runRepeatable((db) => readBatches(db, [address])))[0],
		async list(filter, page) {
			const parsed = parsePage(page, 'time', 'domain', 'id');
			return database.runRepeatable((db) => listBatches(db, filter, parsed));
		},
		async members(address, page) {
			const parsed = parsePage(page, 'time', 'id');
			return database.runRepeatable((db) => listMembers(db, address, parsed));
		},
		history: (address) => database.runRepeatable((db) => readBatchHistory(db, address)),
	};
}

/** In a transaction; a refusal takes back what this did and leaves the transaction usable, also when it is the caller's. */
async function openIn(tx: Queryable, batch: NewBatch, chunks: Chunks): Promise<Opened> {
	await savepoint(tx);
	const opened = await storeBatch(tx, batch, chunks);
	await (opened.outcome.kind === 'opened' ? releaseSavepoint(tx) : rollBackTo(tx));
	return opened;
}

interface Opened {
	readonly outcome: OpenBatchOutcome;
	/** Of the transaction that stored it. */
	readonly transactionId?: string | undefined;
}

async function storeBatch(tx: Queryable, batch: NewBatch, chunks: Chunks): Promise<Opened> {
	const requested = chunks.reduce((count, chunk) => count + chunk.length, 0);
	const opened = await insertBatch(tx, batch, requested);
	if (opened !== 'opened') return { outcome: { kind: opened } };
	const outcomes: AcceptOutcome[] = [];
	let transactionId: string | undefined;
	for (const chunk of chunks) {
		const accepted = await acceptCommands(tx, chunk, batch.batchId);
		transactionId = accepted.transactionId;
		outcomes.push(...(await acceptOutcomes(tx, chunk, accepted.refusals)));
	}
	const commands = chunks.flat();
	const isRefused = (outcome: AcceptOutcome, position: number): boolean =>
		outcome.kind !== 'accepted' &&
		!(outcome.kind === 'duplicate' && commands[position]?.onDuplicate === 'return-existing');
	if (outcomes.some(isRefused)) {
		return { outcome: { kind: 'refused', outcomes: outcomes.map(notStoredIfAccepted) } };
	}
	const accepted = outcomes.filter(({ kind }) => kind === 'accepted').length;
	if (accepted !== requested) await countBatch(tx, batch);
	return { outcome: { kind: 'opened' }, transactionId };
}

function notStoredIfAccepted(outcome: AcceptOutcome): AcceptOutcome {
	return outcome.kind === 'accepted' ? { kind: 'not-stored' } : outcome;
}
