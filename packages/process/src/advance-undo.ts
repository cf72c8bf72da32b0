/**
 * Answers to undo commands: their own path, which never reaches `onReply` or `next`. One that could not be done is recorded, and by default
 * the plan goes on; whatever becomes of it later corrects the record, also after the process has ended.
 */
import { isProcessTerminal } from '@cb/core';
import type { LoadedProcess, NewProcessEvent, StepRecord, StepUpdate } from '@cb/core';
import { detailsOf } from './answer.ts';
import type { Answer } from './answer.ts';
import { continueCompensation, countCompensationErrors, isFailedUndo } from './compensate.ts';
import { stepEvent, stepUpdate, unchanged, withUpdate } from './decision.ts';
import type { Answered, Decision, ProcessChange } from './decision.ts';

export function advanceUndo(answered: Answered): Decision {
	const { loaded, step, answer } = answered;
	const update = updateOf(step, answer);
	const isNewFailure = 'error' in answer && !isFailedUndo(step);
	const failed: readonly NewProcessEvent[] = isNewFailure
		? [stepEvent('COMPENSATION_FAILED', step, { error: { ...answer.error }, undoes: step.undoes })]
		: [];
	const recorded: ProcessChange = {
		...unchanged(loaded),
		compensationErrors: countCompensationErrors(withUpdate(loaded.steps, update)),
		stepUpdates: [update],
		events: [...trailOf(step, answer), ...failed],
	};
	const change = isAwaited(loaded, step) ? goOn(answered, recorded) : recorded;
	return { change, failedUndos: isNewFailure ? [{ step: step.step, error: answer.error }] : [] };
}

/** An error stays on the record until the undo is done: sent again is not yet done. */
function updateOf(step: StepRecord, answer: Answer): StepUpdate {
	const { generation } = answer;
	switch (answer.outcome) {
		case 'SUCCESS':
			return stepUpdate(step, { status: 'SUCCEEDED', generation, reply: answer.data, error: undefined });
		case 'FAILED':
		case 'CANCELED':
			return stepUpdate(step, { status: answer.outcome, generation, error: answer.error });
		case 'parked':
			return stepUpdate(step, { status: 'PARKED', generation, error: answer.error });
		case 'resumed':
			return stepUpdate(step, { status: 'OPEN', generation });
	}
}

function trailOf(step: StepRecord, answer: Answer): readonly NewProcessEvent[] {
	const details = detailsOf(answer);
	if (answer.outcome === 'parked') return [stepEvent('STEP_PARKED', step, details)];
	if (answer.outcome === 'resumed') return [stepEvent('STEP_RESUMED', step, details)];
	const answered = stepEvent('STEP_ANSWERED', step, details);
	return isFailedUndo(step) ? [answered, stepEvent('COMPENSATION_CORRECTED', step, details)] : [answered];
}

/** Whether the plan waits for this undo: it is the newest record, and the process has not ended. */
function isAwaited({ process, steps }: LoadedProcess, step: StepRecord): boolean {
	return !isProcessTerminal(process.status) && steps.every(({ position }) => position <= step.position);
}

function goOn({ definition, loaded, step, answer }: Answered, recorded: ProcessChange): ProcessChange {
	if (answer.outcome === 'resumed') return { ...recorded, status: 'COMPENSATING' };
	if (answer.outcome !== 'SUCCESS' && definition.onCompensationFailure === 'wait') {
		return answer.outcome === 'parked'
			? { ...recorded, status: 'WAITING_FOR_TSQ', currentStep: step.step }
			: { ...recorded, status: 'COMPENSATING', currentStep: null };
	}
	const plan = loaded.process.compensationPlan ?? [];
	const course = continueCompensation(definition.resume(loaded.process.state), plan);
	return { ...recorded, ...course, events: [...recorded.events, ...course.events] };
}
