/** One process as Mermaid text, drawn from its step records alone: what was sent, in order, and what became of it. */
import type { LoadedProcess, StepRecord } from '@cb/core';

export function stepsDiagram({ process, steps }: LoadedProcess): string {
	const nodes = steps.map((step) => `	${idOf(step)}${boxOf(step)}`);
	const chain = ['start', ...steps.map(idOf), 'finish'];
	const arrows = chain.slice(1).map((to, index) => `	${chain[index] ?? 'start'} --> ${to}`);
	return [
		'flowchart TD',
		`	start(["${escaped(process.processType)}"])`,
		...nodes,
		`	finish(["${escaped(process.status)}"])`,
		...arrows,
		'',
	].join('\n');
}

function idOf({ position }: StepRecord): string {
	return `step${String(position)}`;
}

function boxOf({ step, kind, undoes, commandType, status, error }: StepRecord): string {
	const outcome = error === null ? status : `${status}: ${error.code}`;
	const label = [undoes === null ? step : `${step} (undoes ${undoes})`, commandType, outcome]
		.map(escaped)
		.join('<br/>');
	return kind === 'undo' ? `[/"${label}"/]` : `["${label}"]`;
}

/** Mermaid's own way to write what its labels cannot hold. */
function escaped(value: string): string {
	return value.replaceAll('#', '#35;').replaceAll('"', '#quot;').replaceAll('<', '#lt;').replaceAll('>', '#gt;');
}
