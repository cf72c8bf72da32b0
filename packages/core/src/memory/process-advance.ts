/** The whole effect of one answer on one process, or nothing of it. */
import { isProcessTerminal } from '../model/process.ts';
import type { ProcessRecord, StepStatus } from '../model/process.ts';
import type { AdvanceOutcome, ProcessAdvance, StepUpdate } from '../ports/process-store.ts';
import { acceptAllCommands } from './accept.ts';
import { recordStep, writeProcessEvent } from './process-start.ts';
import { acknowledgeReply } from './reply-channel.ts';
import type { Step } from './state.ts';
import { storedJson } from './stored-json.ts';

export function advanceProcess(step: Step, advance: ProcessAdvance): AdvanceOutcome {
	const process = step.in('processes').get(advance.processId);
	if (process === undefined) return { kind: 'not-found' };
	if (process.version !== advance.expectedVersion) return { kind: 'stale' };
	return step.part(
		(part) => applyAdvance(part, process, advance),
		(outcome) => outcome.kind === 'advanced',
	);
}

function applyAdvance(step: Step, process: ProcessRecord, advance: ProcessAdvance): AdvanceOutcome {
	if (advance.acknowledge !== undefined && !acknowledgeReply(step, advance.acknowledge)) return { kind: 'lease-lost' };
	const version = process.version + 1;
	const isEnded = isProcessTerminal(process.status);
	if (!isEnded) {
		const commands = advance.send.map((sent) => sent.command);
		const outcomes = acceptAllCommands(step, commands);
		const outcome = outcomes.find(({ kind }) => kind !== 'accepted' && kind !== 'not-stored');
		if (outcome !== undefined) return { kind: 'refused', outcome };
	}

	for (const update of advance.stepUpdates) updateStep(step, advance.processId, update);
	if (!isEnded) for (const sent of advance.send) recordStep(step, advance.processId, sent);
	for (const event of advance.events) writeProcessEvent(step, advance.processId, event);
	const { compensationErrors } = advance;
	// Also after the end: a parked undo may be resolved later.
	const moved = isEnded ? { ...process, compensationErrors } : movedRecord(step, process, advance);
	step.in('processes').put(advance.processId, { ...moved, version, updatedAt: step.now });
	return { kind: 'advanced', version };
}

function movedRecord(step: Step, process: ProcessRecord, advance: ProcessAdvance): ProcessRecord {
	const { status, state, currentStep, compensationPlan, compensationErrors, error } = advance;
	return {
		...process,
		status,
		state: storedJson(state),
		currentStep,
		compensationPlan,
		compensationErrors,
		error,
		completedAt: isProcessTerminal(status) ? step.now : null,
	};
}

const openStatuses: readonly StepStatus[] = ['OPEN', 'PARKED'];

/** An update says all there is to say of the answer: what it leaves out is null afterwards. */
function updateStep(step: Step, processId: string, update: StepUpdate): void {
	const key = String(update.position);
	const record = step.in('steps', processId).get(key);
	if (record === undefined) return;
	step.in('steps', processId).put(key, {
		...record,
		status: update.status,
		generation: update.generation,
		reply: storedJson(update.reply ?? null),
		error: update.error ?? null,
		answeredAt: openStatuses.includes(update.status) ? null : step.now,
	});
}
