/** The moves that batches know. */
import type { OpenBatchOutcome } from '@cb/core';
import type { Move } from '../move.ts';
import { queues } from '../messages.ts';
import * as model from '../semantics/batches.ts';
import type { Opening } from '../semantics/batches.ts';
import { domain } from '../stage.ts';
import { newCommand, sendingText } from './senders.ts';

export function openBatch(opening: Opening): Move {
	const { batch, sendings, announces } = opening;
	return {
		text: `open ${batch}${announces ? ' (announced)' : ''} of ${sendings.map(sendingText).join(', ')}`,
		predict: (world) => [model.open(world, opening)],
		async perform(stage) {
			const completionQueue = announces ? queues.replies : undefined;
			const wanted = sendings.map((sending) => newCommand(stage, sending));
			// In two chunks, as a large batch would be.
			const chunks = [wanted.slice(0, 1), wanted.slice(1)].filter(({ length }) => length > 0);
			const address = { domain, batchId: stage.names.idOf(batch) };
			return outcomeOf(await stage.backend.batches.open({ ...address, completionQueue }, chunks));
		},
	};
}

function outcomeOf(outcome: OpenBatchOutcome): unknown {
	return outcome.kind === 'refused' ? { refused: outcome.outcomes.map(({ kind }) => kind) } : outcome.kind;
}

/** `batch` or, without, any. */
export function finishBatches(batch: string | undefined): Move {
	const names = batch === undefined ? undefined : [batch];
	return {
		text: `finish ${batch ?? 'any batch'}`,
		predict: (world) => [model.finish(world, names)],
		async perform(stage) {
			const addresses = names?.map((name) => ({ domain, batchId: stage.names.idOf(name) }));
			const finished = await stage.backend.batches.finish(addresses);
			return finished.map(({ batchId }) => stage.names.nameOf(batchId)).sort();
		},
	};
}
