/** Finished processes, and the batches they were started in: the batch goes first, because its counts are read from its processes. */
import type { ProcessRecord } from '../model/process.ts';
import { domainsOf } from './prune-rule.ts';
import type { Rule } from './prune-rule.ts';
import type { ProcessBatchRow } from './rows.ts';
import type { Step } from './state.ts';

export function processRule(rememberSeconds: number): Rule<ProcessRecord> {
	return {
		all: (step) => step.in('processes').all(),
		since: ({ createdAt }) => createdAt,
		idOf: ({ processId }) => processId,
		isOver(step, { completedAt, businessKey, batchId }, cutoff) {
			if (completedAt === null || completedAt > cutoff) return false;
			if (batchId !== null && step.in('processBatches').get(batchId) !== undefined) return false;
			return businessKey === null || completedAt.getTime() + rememberSeconds * 1000 <= step.now.getTime();
		},
		remove(step, { processId, processType, businessKey }) {
			const steps = [...step.in('steps', processId).all()];
			const events = [...step.in('processEvents', processId).all()];
			for (const { position, commandId } of steps) {
				step.in('steps', processId).remove(String(position));
				forgetCommand(step, processId, commandId);
			}
			for (const { sequence } of events) step.in('processEvents', processId).remove(sequence);
			if (businessKey !== null) step.in('businessKeys', processType).remove(businessKey);
			step.in('processes').remove(processId);
			return 1 + steps.length + events.length;
		},
	};
}

/** A step may have sent its command to any domain. */
function forgetCommand(step: Step, processId: string, commandId: string): void {
	for (const domain of domainsOf(step)) {
		const known = step.in('stepCommands', domain);
		if (known.get(commandId) === processId) known.remove(commandId);
	}
}

export const processBatchRule: Rule<ProcessBatchRow> = {
	all: (step) => step.in('processBatches').all(),
	since: ({ createdAt }) => createdAt,
	idOf: ({ batchId }) => batchId,
	isOver: (step, { batchId }, cutoff) =>
		processesOf(step, batchId).every(({ completedAt }) => completedAt !== null && completedAt <= cutoff),
	remove(step, { batchId }) {
		step.in('processBatches').remove(batchId);
		return 1;
	},
};

function processesOf(step: Step, batchId: string): readonly ProcessRecord[] {
	return [...step.in('processes').all()].filter((process) => process.batchId === batchId);
}
