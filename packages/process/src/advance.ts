/**
 * The core: a process, its step records and one answer give what is to be stored. Pure, so the same answer may be decided again after a
 * crash or a lost race, and nothing happens twice.
 */
import type { LoadedProcess, NewProcessEvent, ProcessStatus, StepRecord, StepUpdate } from '@cb/core';
import { isProcessTerminal } from '@cb/core';
import { detailsOf } from './answer.ts';
import type { Answer } from './answer.ts';
import { advanceUndo } from './advance-undo.ts';
import { startCompensation } from './compensate.ts';
import { isOpen, stepEvent, stepUpdate, unchanged, withUpdate } from './decision.ts';
import type { Answered, Decision, IgnoreReason, ProcessChange } from './decision.ts';
import type { ProcessDefinition, StepReply } from './process-definition.ts';

/**
 * Throws what the definition throws, and `DefinitionInvalidError` where it names a step that is not there. An answer that does not fit is not
 * an error: it is ignored, with the reason, and the trail says so.
 */
export function advance(definition: ProcessDefinition, loaded: LoadedProcess, answer: Answer): Decision {
	const step = loaded.steps.find(({ commandId }) => commandId === answer.commandId);
	if (step === undefined) return ignore(loaded, answer, 'unknown-command');
	const reason = whyIgnored(loaded.process.status, step, answer);
	if (reason !== undefined) return ignore(loaded, answer, reason);
	if (step.kind === 'undo') return advanceUndo({ definition, loaded, step, answer });
	return { change: forward({ definition, loaded, step, answer }), failedUndos: [] };
}

/**
 * A reply must answer a step that is still open, of this generation or a later one: only an operator's retry makes a later one, so its
 * reply may overtake the notice. Notices that a later message has overtaken say nothing new.
 */
function whyIgnored(status: ProcessStatus, step: StepRecord, answer: Answer): IgnoreReason | undefined {
	if (step.kind === 'forward' && isProcessTerminal(status)) return 'process-ended';
	if (!isOpen(step)) return 'already-answered';
	if (answer.generation < step.generation) return 'earlier-generation';
	if (answer.generation > step.generation) return undefined;
	if (answer.outcome === 'parked' && step.status === 'PARKED') return 'already-parked';
	return answer.outcome === 'resumed' ? 'already-resumed' : undefined;
}

function ignore(loaded: LoadedProcess, answer: Answer, reason: IgnoreReason): Decision {
	const step = loaded.steps.find(({ commandId }) => commandId === answer.commandId);
	const details = { ...detailsOf(answer), reason, answerId: answer.answerId };
	const event: NewProcessEvent = {
		type: 'REPLY_IGNORED',
		step: step?.step,
		commandId: answer.commandId,
		details,
	};
	return { ignored: reason, change: { ...unchanged(loaded), events: [event] }, failedUndos: [] };
}

function forward(answered: Answered): ProcessChange {
	const { loaded, step, answer } = answered;
	const base = unchanged(loaded);
	const { generation } = answer;
	switch (answer.outcome) {
		case 'SUCCESS':
			return succeed(answered, { commandId: step.commandId, data: answer.data, generation });
		case 'FAILED':
		case 'CANCELED':
			return giveUp(answered, answer);
		case 'parked':
			return {
				...base,
				status: 'WAITING_FOR_TSQ',
				error: answer.error,
				stepUpdates: [stepUpdate(step, { status: 'PARKED', generation, error: answer.error })],
				events: [stepEvent('STEP_PARKED', step, detailsOf(answer))],
			};
		case 'resumed':
			return {
				...base,
				status: 'WAITING_FOR_REPLY',
				error: null,
				stepUpdates: [stepUpdate(step, { status: 'OPEN', generation, error: undefined })],
				events: [stepEvent('STEP_RESUMED', step, detailsOf(answer))],
			};
	}
}

function succeed({ definition, loaded, step, answer }: Answered, reply: StepReply): ProcessChange {
	const { generation } = reply;
	const view = definition.resume(loaded.process.state).afterReply(step.step, reply);
	const next = view.next(step.step, reply);
	const update: StepUpdate = stepUpdate(step, { status: 'SUCCEEDED', generation, reply: reply.data, error: undefined });
	const events = [stepEvent('STEP_ANSWERED', step, detailsOf(answer))];
	const moved = { ...unchanged(loaded), state: view.state, error: null, stepUpdates: [update] };
	if (next === undefined) {
		return { ...moved, status: 'COMPLETED', currentStep: null, events: [...events, { type: 'COMPLETED' }] };
	}
	return {
		...moved,
		status: 'WAITING_FOR_REPLY',
		currentStep: next,
		send: [{ step: next, kind: 'forward', request: view.command(next) }],
		events,
	};
}

/** FAILED ends the process unless the definition says otherwise; CANCELED, the operator's word, always compensates. */
function giveUp(
	{ definition, loaded, step }: Answered,
	answer: Extract<Answer, { readonly outcome: 'FAILED' | 'CANCELED' | 'parked' }>,
): ProcessChange {
	const { generation, error } = answer;
	const status = answer.outcome === 'CANCELED' ? 'CANCELED' : 'FAILED';
	const update = stepUpdate(step, { status, generation, error });
	const events = [stepEvent('STEP_ANSWERED', step, detailsOf(answer))];
	const moved = { ...unchanged(loaded), error, stepUpdates: [update] };
	if (status === 'FAILED' && definition.onFailed === 'fail') {
		const failed: NewProcessEvent = { type: 'FAILED', details: { error: { ...error } } };
		return { ...moved, status: 'FAILED', currentStep: null, events: [...events, failed] };
	}
	const course = startCompensation(definition.resume(loaded.process.state), withUpdate(loaded.steps, update));
	return { ...moved, ...course, events: [...events, ...course.events] };
}
