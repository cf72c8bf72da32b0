/** What an adapter shows of the processes of a stage. */
import type { ProcessEvent, ProcessRecord, StepRecord } from '@cb/core';
import type { SeenProcess, SeenStep } from './observation.ts';
import type { Stage } from './stage.ts';

/** Names the commands of their steps by the way: `p1.2` is the second that p1 sent. */
export async function seenProcesses(
	stage: Stage,
	names: readonly string[],
): Promise<readonly (readonly [string, SeenProcess])[]> {
	const { processes } = stage.backend;
	const ids = names.map((name) => stage.names.idOf(name));
	const [loaded, histories] = await Promise.all([
		processes.loadMany(ids),
		Promise.all(ids.map((id) => processes.history(id))),
	]);
	return names.flatMap((name, index) => {
		const found = loaded[index];
		if (found === undefined) return [];
		for (const { position, commandId } of found.steps) stage.names.name(`${name}.${position}`, commandId);
		return [
			[name, seenProcess(stage, found.process, { steps: found.steps, history: histories[index] ?? [] })] as const,
		];
	});
}

function seenProcess(
	stage: Stage,
	record: ProcessRecord,
	{ steps, history }: { readonly steps: readonly StepRecord[]; readonly history: readonly ProcessEvent[] },
): SeenProcess {
	const { status, state, currentStep, compensationPlan: plan, compensationErrors, error, version } = record;
	return {
		...{ status, state, currentStep, plan, compensationErrors, error, version },
		isEnded: record.completedAt !== null,
		steps: steps.map((step) => seenStep(stage, step)),
		events: history.map(eventText),
	};
}

function seenStep({ names }: Stage, record: StepRecord): SeenStep {
	const { step, undoes, commandId, status, generation, reply, error, answeredAt } = record;
	return {
		...{ step, undoes, status, generation, reply, error },
		command: names.nameOf(commandId),
		isAnswered: answeredAt !== null,
	};
}

/** An event as its type, the step it is about, and why an answer was ignored. */
function eventText({ type, step, details }: ProcessEvent): string {
	const { reason } = details;
	return [type, step, type === 'REPLY_IGNORED' ? reason : null].filter((word) => typeof word === 'string').join(' ');
}
