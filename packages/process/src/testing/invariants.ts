/** What must hold on every path of every process, whatever its definition says. */
import { deepStrictEqual, ok } from 'node:assert/strict';
import { isProcessTerminal } from '@cb/core';
import type { LoadedProcess } from '@cb/core';
import { advance } from '../advance.ts';
import { planCompensation } from '../compensate.ts';
import type { ProcessDefinition } from '../process-definition.ts';
import type { Trace } from './play-process.ts';

/** Throws an `AssertionError` that names the path and the invariant. */
export function checkInvariants(definition: ProcessDefinition, trace: Trace): void {
	const { loaded } = trace;
	terminalNeverMoves(trace);
	eachCommandOnce(trace);
	undoRepliesReachNoDefinition(definition, trace);
	undoOrderIsReversed(definition, trace);
	compensationErrorsAreRight(trace);
	nothingIsStuck(trace);
	deepStrictEqual(
		JSON.parse(JSON.stringify(loaded.process.state)),
		loaded.process.state,
		told(trace, 'the state survives JSON'),
	);
	repeatedAnswersAreIgnored(definition, trace);
}

function terminalNeverMoves(trace: Trace): void {
	for (const { statusBefore, status, sends } of trace.entries) {
		if (!isProcessTerminal(statusBefore)) continue;
		ok(status === statusBefore && sends.length === 0, told(trace, 'a process that has ended never moves'));
	}
}

/** An answer sends one command at most, an ignored one none, and every command has one record. */
function eachCommandOnce(trace: Trace): void {
	for (const { ignored, sends } of trace.entries) {
		ok(sends.length <= (ignored === undefined ? 1 : 0), told(trace, 'each step sends its command once'));
	}
	const ids = new Set(trace.sends.map(({ commandId }) => commandId));
	ok(ids.size === trace.sends.length, told(trace, 'no command is sent twice'));
	ok(trace.loaded.steps.length === trace.sends.length, told(trace, 'every command has one step record'));
}

function undoRepliesReachNoDefinition({ steps }: ProcessDefinition, trace: Trace): void {
	const undos = new Set(steps.filter(({ kind }) => kind === 'undo').map(({ name }) => name));
	ok(
		!trace.calls.some(({ step }) => undos.has(step)),
		told(trace, 'replies to undo commands reach neither onReply nor next'),
	);
}

/** What was undone, in order of sending, is the beginning of the plan; all of it when the process ended COMPENSATED. */
function undoOrderIsReversed(definition: ProcessDefinition, trace: Trace): void {
	const { steps, process } = trace.loaded;
	const undone = steps.filter(({ kind }) => kind === 'undo').map(({ undoes, step }) => ({ undoes, step }));
	const isCompensated = process.status === 'COMPENSATED';
	if (!isCompensated && undone.length === 0) return;
	const plan = planCompensation(definition.resume(process.state), steps);
	const expected = isCompensated ? plan : plan.slice(0, undone.length);
	deepStrictEqual(undone, [...expected], told(trace, 'completed steps are undone in reverse order'));
}

/** An undo that is awaited for the first time is not an error yet; one that was parked and sent again still is. */
function compensationErrorsAreRight(trace: Trace): void {
	const { steps, process } = trace.loaded;
	const undone = steps.filter(({ kind }) => kind === 'undo');
	const failed = undone.filter(({ status, error }) => status !== 'SUCCEEDED' && (status !== 'OPEN' || error !== null));
	ok(
		process.compensationErrors === failed.length,
		told(trace, 'compensationErrors counts the undos that are not done'),
	);
}

/** When no answer is left, the process has ended or waits for an operator, visibly. */
function nothingIsStuck(trace: Trace): void {
	const { process, steps } = trace.loaded;
	if (isProcessTerminal(process.status)) {
		ok(
			process.currentStep === null || process.status === 'CANCELED',
			told(trace, 'a process that has ended awaits nothing'),
		);
		return;
	}
	const isParked = process.status === 'WAITING_FOR_TSQ' && steps.some(({ status }) => status === 'PARKED');
	const isBlockedUndo =
		process.status === 'COMPENSATING' && process.currentStep === null && process.compensationErrors > 0;
	ok(isParked || isBlockedUndo, told(trace, `the process ends or waits for an operator, but it is ${process.status}`));
}

/** Answers that were stored come again after a crash of the router: none of them does anything a second time. */
function repeatedAnswersAreIgnored(definition: ProcessDefinition, trace: Trace): void {
	for (const step of trace.loaded.steps.filter(({ status }) => status === 'SUCCEEDED')) {
		const decision = advance(definition, trace.loaded, repeatedReply(step));
		ok(decision.ignored !== undefined, told(trace, `a repeated reply to "${step.step}" is ignored`));
	}
}

function repeatedReply({ commandId, generation, reply }: LoadedProcess['steps'][number]) {
	return { commandId, generation, answerId: null, outcome: 'SUCCESS', data: reply } as const;
}

function told({ path }: Trace, invariant: string): string {
	return `Violated: ${invariant}. Path: ${path}`;
}
