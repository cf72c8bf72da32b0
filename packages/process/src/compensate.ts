/** Compensation: which undo steps are to be done, in which order, and what counts as one that could not be done. */
import type { ErrorRecord, PlannedUndo, ProcessStatus, StepRecord } from '@cb/core';
import type { ProcessChange } from './decision.ts';
import type { ProcessView } from './process-definition.ts';

/** Marks the record of an undo whose command an operator sent again: the new record counts in its place. */
export const retriedCode = 'STEP_RETRIED';

/** The completed forward steps that have an undo, the last one first. */
export function planCompensation(view: ProcessView, steps: readonly StepRecord[]): readonly PlannedUndo[] {
	return steps
		.filter(({ kind, status }) => kind === 'forward' && status === 'SUCCEEDED')
		.sort((a, b) => b.position - a.position)
		.flatMap(({ step: undoes }) => {
			const step = view.compensation(undoes);
			return step === undefined ? [] : [{ undoes, step }];
		});
}

/** The part of a change that compensation decides. */
type Course = Pick<ProcessChange, 'status' | 'currentStep' | 'compensationPlan' | 'send' | 'events'>;

/** Computes the plan, once, and sends the first undo; with nothing to undo the process is COMPENSATED at once. */
export function startCompensation(view: ProcessView, steps: readonly StepRecord[]): Course {
	const plan = planCompensation(view, steps);
	const planned = { type: 'COMPENSATION_PLANNED', details: { plan: plan.map((undo) => ({ ...undo })) } } as const;
	const course = continueCompensation(view, plan);
	return { ...course, events: [planned, ...course.events] };
}

/** Sends the next undo of the plan, or ends it. One undo at a time: the next one waits for its answer. */
export function continueCompensation(view: ProcessView, plan: readonly PlannedUndo[]): Course {
	const [next, ...rest] = plan;
	if (next === undefined) {
		const status: ProcessStatus = 'COMPENSATED';
		return { status, currentStep: null, compensationPlan: [], send: [], events: [{ type: 'COMPENSATED' }] };
	}
	const { step, undoes } = next;
	return {
		status: 'COMPENSATING',
		currentStep: step,
		compensationPlan: rest,
		send: [{ step, kind: 'undo', undoes, request: view.command(step) }],
		events: [],
	};
}

/** Whether this undo failed, was canceled or was parked, and has not been done since. */
export function isFailedUndo(step: StepRecord): boolean {
	return step.kind === 'undo' && step.error !== null && !isRetried(step.error);
}

/** Read from the records, so that it can be neither lost nor counted twice. */
export function countCompensationErrors(steps: readonly StepRecord[]): number {
	return steps.filter(isFailedUndo).length;
}

function isRetried(error: ErrorRecord): boolean {
	return error.type === 'CANCELED' && error.code === retriedCode;
}
