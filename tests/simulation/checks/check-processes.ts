/** Processes: each step's command exists once, steps end as their commands do, and what is undone is undone in reverse. */
import { ReplyOutcomeSchema, isProcessTerminal } from '@cb/core';
import type { ProcessEventType, StepRecord, StepStatus } from '@cb/core';
import type { Facts, ProcessFacts } from './facts.ts';
import { forwardSteps, undoOf } from '../cast/shop.ts';

/** What the starters were told, against what is there. */
export function* checkStarts({ ledger, processes }: Facts): Iterable<string> {
	const ids = new Set(processes.map(({ process }) => process.processId));
	const started = new Set<string>();
	for (const { processId, outcome } of ledger.starts) {
		if (outcome !== 'unknown' && !ids.has(processId)) yield `process ${processId} is lost`;
		if (outcome === 'started' && started.has(processId)) yield `process ${processId} was started twice`;
		if (outcome === 'started') started.add(processId);
	}
	const keys = processes.flatMap(({ process: { processType, businessKey } }) =>
		businessKey === null ? [] : [`${processType} ${businessKey}`],
	);
	if (new Set(keys).size < keys.length) yield `two processes have one business key: ${keys.join(', ')}`;
	for (const id of ids) {
		const isAsked = ledger.starts.some(({ processId, outcome }) => processId === id && outcome !== 'existing');
		if (!isAsked) yield `nobody started process ${id}`;
	}
}

export function* checkProcess(facts: Facts, loaded: ProcessFacts): Iterable<string> {
	const { process, steps, events } = loaded;
	const said = steps.map(({ step, status }) => `${step} ${status}`).join(', ');
	const trail = events.map(({ type, step }) => `${type} ${step ?? ''}`.trim()).join(', ');
	for (const problem of problemsOf(facts, loaded)) {
		yield `${process.processType} ${process.processId} is ${process.status}: ${problem}. ${said}. ${trail}`;
	}
}

function* problemsOf(facts: Facts, loaded: ProcessFacts): Iterable<string> {
	yield* checkWaiting(loaded);
	yield* checkStepCommands(facts, loaded);
	yield* checkOrder(loaded);
	yield* checkCompensation(loaded);
	yield* checkTrail(loaded);
}

/** Whatever has not ended waits for an operator. */
function* checkWaiting({ process, steps }: ProcessFacts): Iterable<string> {
	const { status, processType } = process;
	if (isProcessTerminal(status)) return;
	const last = steps.at(-1);
	const waitsForTsq = status === 'WAITING_FOR_TSQ' && last?.status === 'PARKED';
	const waitsForOverride = status === 'COMPENSATING' && processType === 'CarefulOrder' && isFailedUndo(last);
	if (!waitsForTsq && !waitsForOverride) yield 'nobody will ever move it';
}

function isFailedUndo(step: StepRecord | undefined): boolean {
	return step?.kind === 'undo' && (step.status === 'FAILED' || step.status === 'CANCELED');
}

const endOf: Readonly<Record<StepStatus, string>> = {
	OPEN: 'PENDING',
	PARKED: 'IN_TROUBLESHOOTING_QUEUE',
	SUCCEEDED: 'COMPLETED',
	FAILED: 'FAILED',
	CANCELED: 'CANCELED',
};

function* checkStepCommands({ commands }: Facts, { process, steps }: ProcessFacts): Iterable<string> {
	for (const { step, commandId, status, generation } of steps) {
		const record = commands.get(commandId)?.record;
		if (record === undefined) yield `the command of ${step} does not exist`;
		else if (record.status !== endOf[status]) yield `${step} is ${status}, its command ${record.status}`;
		else if (record.generation !== generation) yield `${step} is of generation ${generation}, not ${record.generation}`;
	}
	const sent = [...commands.values()].filter(({ record }) => record.correlationId === process.processId);
	if (sent.length !== steps.length) yield `it has ${steps.length} steps and ${sent.length} commands`;
	if (new Set(steps.map(({ step }) => step)).size < steps.length) yield 'a step was sent twice';
}

function* checkOrder({ process, steps }: ProcessFacts): Iterable<string> {
	const forward = steps.filter(({ kind }) => kind === 'forward').map(({ step }) => step);
	if (forward.join() !== forwardSteps.slice(0, forward.length).join()) yield `its steps went ${forward.join()}`;
	if (process.status === 'COMPLETED' && (forward.length < forwardSteps.length || !steps.every(hasSucceeded))) {
		yield 'it has not done all of its steps';
	}
	const undone = steps.filter(({ kind }) => kind === 'undo').map(({ undoes }) => forwardSteps.indexOf(undoes ?? ''));
	if (undone.some((position, index) => index > 0 && position >= (undone[index - 1] ?? -1))) {
		yield `it undid in the order ${undone.join()}`;
	}
}

function* checkCompensation({ process, steps }: ProcessFacts): Iterable<string> {
	const undos = steps.filter(({ kind }) => kind === 'undo');
	if (process.status === 'COMPENSATED') {
		const done = steps.filter((step) => step.kind === 'forward' && hasSucceeded(step));
		const wanted = done.flatMap(({ step }) => undoOf[step] ?? []).reverse();
		const sent = undos.map(({ step }) => step);
		if (wanted.join() !== sent.join()) yield `it had to undo ${wanted.join()}, and did ${sent.join()}`;
	}
	const failedCount = undos.filter((step) => !hasSucceeded(step)).length;
	if (process.compensationErrors !== failedCount) yield `it counts ${process.compensationErrors} errors of undos`;
}

function* checkTrail({ process, steps, events }: ProcessFacts): Iterable<string> {
	const count = (type: ProcessEventType): number => events.filter((event) => event.type === type).length;
	const endCount = count('COMPLETED') + count('COMPENSATED') + count('FAILED') + count('CANCELED');
	if (count('STARTED') !== 1) yield `it started ${count('STARTED')} times`;
	if (endCount !== (isProcessTerminal(process.status) ? 1 : 0)) yield `it ended ${endCount} times`;
	if (count('STEP_SENT') !== steps.length) yield `it sent ${count('STEP_SENT')} steps`;
	const answeredCount = steps.filter(({ answeredAt }) => answeredAt !== null).length;
	if (count('STEP_ANSWERED') !== answeredCount) yield `it was answered ${count('STEP_ANSWERED')} times`;
	const ignored = events.find(({ type, details }) => type === 'REPLY_IGNORED' && isReply(details['outcome']));
	if (ignored !== undefined) yield `a reply reached it twice: ${JSON.stringify(ignored.details)}`;
}

/** A notice may come late; a reply that is ignored came twice. */
function isReply(outcome: unknown): boolean {
	return ReplyOutcomeSchema.safeParse(outcome).success;
}

function hasSucceeded({ status }: Pick<StepRecord, 'status'>): boolean {
	return status === 'SUCCEEDED';
}
