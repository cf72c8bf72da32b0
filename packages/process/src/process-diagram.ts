/** A picture of a definition, or of one process that runs it, as Mermaid text. */
import type { LoadedProcess, StepRecord } from '@cb/core';
import type { ProcessDefinition, StepOutline } from './process-definition.ts';

/**
 * Steps with the commands they send, where they lead and what undoes them; with `instance`, what became of each step, which one is
 * awaited and how the process stands.
 */
export function processDiagram(definition: ProcessDefinition, instance?: LoadedProcess): string {
	const ids = new Map(definition.steps.map(({ name }, index) => [name, `step${String(index)}`]));
	const idOf = (name: string): string => ids.get(name) ?? 'unknown';
	return [
		'flowchart TD',
		`	start(["${text(definition.type)}"])`,
		...definition.steps.map((step) => `	${idOf(step.name)}${boxOf(step, labelOf(step, instance))}`),
		`	finish(["${text(standOf(instance))}"])`,
		definition.first === undefined
			? '	start -. "decided by the state" .-> anyStep{"?"}'
			: `	start --> ${idOf(definition.first)}`,
		...definition.steps.flatMap((step) => waysOf(step, idOf)),
		...classesOf(definition, instance, idOf),
		'',
	].join('\n');
}

function waysOf({ name, next, compensation }: StepOutline, idOf: (name: string) => string): readonly string[] {
	const id = idOf(name);
	const targets = next ?? ['?'];
	const forward = targets.map((to) => {
		if (to === '?') return `	${id} --> ${id}Next{"?"}`;
		return `	${id} --> ${to === 'end' ? 'finish' : idOf(to)}`;
	});
	if (compensation === undefined) return forward;
	const undo = compensation === 'decided-later' ? `${id}Undo{"?"}` : idOf(compensation.step);
	return [...forward, `	${id} -. undo .-> ${undo}`];
}

function boxOf({ kind }: StepOutline, label: string): string {
	return kind === 'undo' ? `[/"${label}"/]` : `["${label}"]`;
}

function labelOf({ name, command }: StepOutline, instance: LoadedProcess | undefined): string {
	const records = recordsOf(name, instance);
	const newest = records.at(-1);
	const outcome = newest === undefined ? [] : [outcomeOf(newest, records.length)];
	return [name, `${command.domain}/${command.type}`, ...outcome].map(text).join('<br/>');
}

function outcomeOf({ status, error }: StepRecord, count: number): string {
	const times = count > 1 ? ` (${String(count)} times)` : '';
	return error === null ? `${status}${times}` : `${status}: ${error.code}${times}`;
}

function standOf(instance: LoadedProcess | undefined): string {
	if (instance === undefined) return 'end';
	const { status, error, compensationErrors } = instance.process;
	const cause = error === null ? '' : `: ${error.code}`;
	return compensationErrors === 0
		? `${status}${cause}`
		: `${status}${cause}, ${String(compensationErrors)} compensation errors`;
}

/** One look each: done, awaited, parked, failed, undone. */
const styles = {
	done: 'fill:#d7f0dd,stroke:#2e7d4f',
	awaited: 'fill:#fff3c4,stroke:#b58900,stroke-width:3px',
	parked: 'fill:#ffe0b8,stroke:#c05a00,stroke-width:3px',
	failed: 'fill:#f8d3d3,stroke:#b3261e',
	undone: 'fill:#e3e3ea,stroke:#5f6170,stroke-dasharray:4 3',
} as const;

function classesOf(
	{ steps }: ProcessDefinition,
	instance: LoadedProcess | undefined,
	idOf: (name: string) => string,
): readonly string[] {
	if (instance === undefined) return [];
	const marks = steps.flatMap(({ name }) => {
		const look = lookOf(name, instance);
		return look === undefined ? [] : [`	class ${idOf(name)} ${look}`];
	});
	return [...Object.entries(styles).map(([name, style]) => `	classDef ${name} ${style}`), ...marks];
}

function lookOf(name: string, instance: LoadedProcess): keyof typeof styles | undefined {
	const newest = recordsOf(name, instance).at(-1);
	switch (newest?.status) {
		case undefined:
			return undefined;
		case 'OPEN':
			return 'awaited';
		case 'PARKED':
			return 'parked';
		case 'FAILED':
		case 'CANCELED':
			return 'failed';
		case 'SUCCEEDED':
			return isUndone(name, instance) ? 'undone' : 'done';
	}
}

function isUndone(name: string, { steps }: LoadedProcess): boolean {
	return steps.some(({ undoes, status }) => undoes === name && status === 'SUCCEEDED');
}

function recordsOf(name: string, instance: LoadedProcess | undefined): readonly StepRecord[] {
	return (instance?.steps ?? []).filter(({ step }) => step === name);
}

/** Mermaid's own way to write what its labels cannot hold. */
function text(value: string): string {
	return value.replaceAll('#', '#35;').replaceAll('"', '#quot;').replaceAll('<', '#lt;').replaceAll('>', '#gt;');
}
