/** Processes: started with their first command, moved by answers to open steps and by nothing else. */
import { isProcessTerminal } from '@cb/core';
import type { ErrorRecord, PlannedUndo } from '@cb/core';
import { isHeld, takenOff, withEmptyHand } from './letters.ts';
import { send } from './sending.ts';
import { policies, stepAfter, stops, typeOf, undoOf } from './trip.ts';
import type { Policy } from './trip.ts';
import type { Answer, Letter, Moved, Process, Step, World } from './world.ts';

/** Idempotent: a second start finds the first process. */
export function start(world: World, name: string): Moved<'started' | 'existing'> {
	if (world.processes.has(name)) return { world, outcome: 'existing' };
	const process: Process = {
		name,
		status: 'WAITING_FOR_REPLY',
		state: { of: name, results: [] },
		currentStep: stops[0].step,
		plan: null,
		compensationErrors: 0,
		error: null,
		version: 1,
		steps: [],
		events: ['STARTED'],
	};
	return { world: sent(world, process, { step: stops[0].step }), outcome: 'started' };
}

/** Stores a process with one more step, and sends its command. */
function sent(
	world: World,
	process: Process,
	{ step, undoes = null }: { step: string; undoes?: string | null },
): World {
	const command = `${process.name}.${process.steps.length + 1}`;
	const opened: Step = { step, undoes, command, status: 'OPEN', generation: 1, reply: null, error: null };
	const sending = { name: command, data: { of: process.name, step }, replyTo: 'inbox' } as const;
	const queued = send(
		world,
		[{ ...sending, wantsNotices: true, maxAttempts: null, delaySeconds: 0, mayExist: false }],
		{ process: process.name },
	);
	return withProcess(queued.world, {
		...process,
		steps: [...process.steps, opened],
		events: [...process.events, `STEP_SENT ${step}`],
	});
}

function withProcess(world: World, process: Process): World {
	return { ...world, processes: new Map(world.processes).set(process.name, process) };
}

/**
 * A router sees to what it has in hand: the answers to one process in their order, those to several in any. A letter that it does not hold any
 * more changes nothing.
 */
export function* route(world: World, router: string): Generator<World> {
	for (const letters of ordersOf(world.hands.get(router)?.letters ?? [])) {
		const after = letters.reduce((before, letter) => {
			if (!isHeld(before, 'inbox', letter)) return before;
			return advance(takenOff(before, 'inbox', letter.id), letter.answer);
		}, world);
		yield withEmptyHand(after, router);
	}
}

/** As they are first. */
function* ordersOf(letters: readonly Letter[]): Generator<readonly Letter[]> {
	if (letters.length === 0) yield [];
	const firsts = letters.filter((letter, index) => letters.findIndex((one) => isOfSame(one, letter)) === index);
	for (const first of firsts) {
		for (const others of ordersOf(letters.filter((letter) => letter !== first))) yield [first, ...others];
	}
}

function isOfSame({ answer: one }: Letter, { answer: other }: Letter): boolean {
	return processOf(one) === processOf(other);
}

function processOf(answer: Answer): string | undefined {
	return answer.kind === 'batch_completed' ? undefined : answer.command.split('.')[0];
}

type StepAnswer = Exclude<Answer, { readonly kind: 'batch_completed' }>;

interface Answered {
	readonly process: Process;
	readonly step: Step;
	readonly answer: StepAnswer;
	readonly policy: Policy;
}

function advance(world: World, answer: Answer): World {
	if (answer.kind === 'batch_completed') return world;
	const processes = [...world.processes.values()];
	const found = processes.find(({ steps }) => steps.some(({ command }) => command === answer.command));
	const step = found?.steps.find(({ command }) => command === answer.command);
	if (found === undefined || step === undefined) return world;
	const process = { ...found, version: found.version + 1 };
	const reason = whyIgnored(process, step, answer);
	if (reason !== undefined) return withProcess(world, told(process, `REPLY_IGNORED ${step.step} ${reason}`));
	const answered = { process, step, answer, policy: policies[typeOf(process.name)] };
	return step.undoes === null ? forward(world, answered) : undone(world, answered);
}

/** Only an open step can be answered, and no word of an earlier generation counts. */
function whyIgnored({ status }: Process, step: Step, { kind, generation }: StepAnswer): string | undefined {
	if (step.undoes === null && isProcessTerminal(status)) return 'process-ended';
	if (step.status !== 'OPEN' && step.status !== 'PARKED') return 'already-answered';
	if (generation !== step.generation) return generation < step.generation ? 'earlier-generation' : undefined;
	if (kind === 'parked' && step.status === 'PARKED') return 'already-parked';
	return kind === 'resumed' ? 'already-resumed' : undefined;
}

function forward(world: World, { process, step, answer, policy }: Answered): World {
	const { generation, error } = answer;
	if (answer.kind === 'parked') {
		const parked = told(withStep(process, step, { status: 'PARKED', generation, error }), `STEP_PARKED ${step.step}`);
		return withProcess(world, { ...parked, status: 'WAITING_FOR_TSQ', error });
	}
	if (answer.kind === 'resumed') {
		const open = withStep(process, step, { status: 'OPEN', generation, error: null });
		return withProcess(world, {
			...told(open, `STEP_RESUMED ${step.step}`),
			status: 'WAITING_FOR_REPLY',
			error: null,
		});
	}
	const status = stepStatusOf(answer);
	const reply = status === 'SUCCEEDED' ? answer.data : step.reply;
	const ended = told(withStep(process, step, { status, generation, reply, error }), `STEP_ANSWERED ${step.step}`);
	if (status === 'SUCCEEDED') return goForward(world, ended, { ...step, reply });
	const failed = { ...ended, error };
	return status === 'FAILED' && policy.onFailed === 'fail'
		? withProcess(world, told({ ...failed, status: 'FAILED', currentStep: null }, 'FAILED'))
		: compensate(world, failed);
}

const stepStatuses = { SUCCESS: 'SUCCEEDED', FAILED: 'FAILED', CANCELED: 'CANCELED' } as const;

function stepStatusOf({ outcome }: Extract<Answer, { readonly kind: 'reply' }>) {
	return stepStatuses[outcome];
}

function goForward(world: World, process: Process, { step, reply }: Step): World {
	const { of, results } = process.state;
	const next = stepAfter(step);
	const moved: Process = { ...process, error: null, state: { of, results: [...results, reply] }, currentStep: next };
	if (next === null) return withProcess(world, told({ ...moved, status: 'COMPLETED' }, 'COMPLETED'));
	return sent(world, { ...moved, status: 'WAITING_FOR_REPLY' }, { step: next });
}

/** The plan is made once: what succeeded and can be undone, the last first. */
function compensate(world: World, process: Process): World {
	const plan = process.steps
		.toReversed()
		.filter(({ status }) => status === 'SUCCEEDED')
		.flatMap(({ step: undoes }): readonly PlannedUndo[] => {
			const step = undoOf(undoes);
			return step === null ? [] : [{ undoes, step }];
		});
	return undoNext(world, told(process, 'COMPENSATION_PLANNED'), plan);
}

function undoNext(world: World, process: Process, plan: readonly PlannedUndo[]): World {
	const [next, ...rest] = plan;
	if (next !== undefined) {
		return sent(world, { ...process, status: 'COMPENSATING', currentStep: next.step, plan: rest }, next);
	}
	const ended = { ...process, status: 'COMPENSATED', currentStep: null, plan: [] } as const;
	return withProcess(world, told(ended, 'COMPENSATED'));
}

/** An undo is recorded whenever its answer comes; the plan goes on only where it waits for this one. */
function undone(world: World, answered: Answered): World {
	const { process, step, answer, policy } = answered;
	const recorded = recordUndo(answered);
	const isAwaited = !isProcessTerminal(process.status) && process.steps.at(-1)?.command === step.command;
	if (!isAwaited) return withProcess(world, recorded);
	if (answer.kind === 'resumed') return withProcess(world, { ...recorded, status: 'COMPENSATING' });
	const isDone = answer.kind === 'reply' && answer.outcome === 'SUCCESS';
	if (isDone || policy.onCompensationFailure === 'continue') return undoNext(world, recorded, process.plan ?? []);
	return withProcess(
		world,
		answer.kind === 'parked'
			? { ...recorded, status: 'WAITING_FOR_TSQ', currentStep: step.step }
			: { ...recorded, status: 'COMPENSATING', currentStep: null },
	);
}

/** What went wrong with an undo stays on record until it is done; what becomes of it later corrects the record. */
function recordUndo({ process, step, answer }: Answered): Process {
	const { generation } = answer;
	const error: ErrorRecord | null = answer.kind === 'resumed' ? step.error : answer.error;
	const now =
		answer.kind === 'reply' ? stepStatusOf(answer) : ({ parked: 'PARKED', resumed: 'OPEN' } as const)[answer.kind];
	const reply = answer.kind === 'reply' && answer.outcome === 'SUCCESS' ? answer.data : step.reply;
	const recorded = withStep(process, step, { status: now, generation, reply, error });
	const word = { reply: 'STEP_ANSWERED', parked: 'STEP_PARKED', resumed: 'STEP_RESUMED' }[answer.kind];
	const isCorrection = answer.kind === 'reply' && step.error !== null;
	const isNewFailure = error !== null && step.error === null;
	const corrected = isCorrection ? [`COMPENSATION_CORRECTED ${step.step}`] : [];
	const failed = isNewFailure ? [`COMPENSATION_FAILED ${step.step}`] : [];
	return {
		...told(recorded, `${word} ${step.step}`, ...corrected, ...failed),
		compensationErrors: recorded.steps.filter((one) => one.undoes !== null && one.error !== null).length,
	};
}

function withStep(process: Process, step: Step, change: Partial<Step>): Process {
	const steps = process.steps.map((one) => (one.command === step.command ? { ...one, ...change } : one));
	return { ...process, steps };
}

function told(process: Process, ...events: readonly string[]): Process {
	return { ...process, events: [...process.events, ...events] };
}
