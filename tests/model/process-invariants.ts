/** What must hold of every process, whatever its commands, its routers and its operators do. */
import { isProcessTerminal } from '@cb/core';
import type { CommandStatus, StepStatus } from '@cb/core';
import type { Invariant } from './invariants.ts';
import type { Observation, SeenProcess, SeenStep } from './observation.ts';
import { undoOf } from './semantics/trip.ts';

export const processInvariants: Readonly<Record<string, Invariant>> = {
	"each process step's command exists once": ofProcesses(function* ({ steps }, { commands }, name) {
		const sent = steps.map(({ command }) => command);
		const existing = Object.keys(commands).filter((command) => command.startsWith(`${name}.`));
		if (sent.join() !== existing.join()) yield `sent ${sent.join()} where ${existing.join()} exist`;
		const words = steps.map(({ step, undoes }) => `${step} ${undoes ?? ''}`);
		if (new Set(words).size < words.length) yield `took a step twice: ${words.join()}`;
	}),
	'a step ends as its command does': ofProcesses(function* ({ steps }, { commands }) {
		for (const { step, command, status } of steps) {
			const due = commandStatusOf[status];
			const is = commands[command]?.status;
			if (due !== undefined && due !== is) yield `${step} is ${status}, ${command} is ${String(is)}`;
		}
	}),
	'undo order is reversed': ofProcesses(function* ({ steps, plan }) {
		const undone = [...undos(steps).map(({ undoes }) => undoes), ...(plan ?? []).map(({ undoes }) => undoes)];
		const done = steps.filter((one) => one.undoes === null && one.status === 'SUCCEEDED' && undoOf(one.step) !== null);
		const due = plan === null ? [] : done.map(({ step }) => step).reverse();
		if (undone.join() !== due.join()) yield `undoes ${undone.join()} and should undo ${due.join()}`;
	}),
	'one undo at a time': ofProcesses(function* ({ steps }) {
		const awaited = undos(steps)
			.slice(0, -1)
			.filter(({ status, error }) => status === 'OPEN' && error === null);
		if (awaited.length > 0) yield `went on before ${awaited.map(({ step }) => step).join()} was answered`;
	}),
	'the trail of a process tells how it ended': ofProcesses(function* ({ status, events, isEnded }) {
		const ends = events.filter((event) => ['COMPLETED', 'COMPENSATED', 'FAILED', 'CANCELED'].includes(event));
		if (isEnded !== isProcessTerminal(status)) yield `is ${status} and ${isEnded ? 'has' : 'has not'} ended`;
		if (ends.join() !== (isEnded ? status : '')) yield `is ${status} and ended ${ends.join()}`;
	}),
	'each step is sent once and answered at most once': ofProcesses(function* ({ steps, events }) {
		const count = (event: string): number => events.filter((one) => one === event).length;
		for (const { step, isAnswered } of steps) {
			const [sent, answered] = [count(`STEP_SENT ${step}`), count(`STEP_ANSWERED ${step}`)];
			if (sent !== 1) yield `sent ${step} ${sent} times`;
			if (answered !== (isAnswered ? 1 : 0)) yield `was answered ${answered} times for ${step}`;
		}
	}),
	'no ended process moves': (after, before) =>
		Object.entries(before?.processes ?? {}).flatMap(([name, process]) => {
			const now = after.processes[name];
			const isMoved =
				isProcessTerminal(process.status) && JSON.stringify(fixed(now)) !== JSON.stringify(fixed(process));
			return isMoved ? [`${name} was ${process.status} and moved`] : [];
		}),
};

const commandStatusOf: Partial<Record<StepStatus, CommandStatus>> = {
	SUCCEEDED: 'COMPLETED',
	FAILED: 'FAILED',
	CANCELED: 'CANCELED',
};

/** All but what may be corrected after the end: how undo steps that had failed turned out, and the words about it. */
function fixed(process: SeenProcess | undefined): unknown {
	if (process === undefined) return undefined;
	const { status, state, currentStep, plan, error, steps } = process;
	const sent = steps.map((step) => (step.undoes === null ? step : step.command));
	return { status, state, currentStep, plan, error, sent };
}

function undos(steps: readonly SeenStep[]): readonly SeenStep[] {
	return steps.filter(({ undoes }) => undoes !== null);
}

type ProblemsOf = (process: SeenProcess, after: Observation, name: string) => Iterable<string>;

function ofProcesses(problemsOf: ProblemsOf): Invariant {
	return (after) =>
		Object.entries(after.processes).flatMap(([name, process]) =>
			[...problemsOf(process, after, name)].map((problem) => `${name} ${problem}: ${process.events.join(', ')}`),
		);
}
