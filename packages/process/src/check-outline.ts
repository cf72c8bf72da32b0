/** Whether the steps of a definition hang together, as far as that can be known without running it. */
import { DefinitionInvalidError } from '@cb/core';
import type { StepOutline } from './process-definition.ts';

export interface Outline {
	readonly type: string;
	readonly first: string | undefined;
	readonly steps: readonly StepOutline[];
}

/** Throws `DefinitionInvalidError` naming every problem. */
export function checkOutline(outline: Outline): void {
	const problems = [...namesNotSteps(outline), ...misusedSteps(outline)];
	if (problems.length === 0) problems.push(...unusedSteps(outline));
	if (problems.length === 0) return;
	throw new DefinitionInvalidError(`The definition of process "${outline.type}" cannot work: ${problems.join('; ')}.`);
}

/** A way from one place to another, as the definition tells it. */
interface Way {
	readonly from: string;
	readonly to: string;
}

function forwardWays({ first, steps }: Outline): readonly Way[] {
	const begin = first === undefined ? [] : [{ from: '"first"', to: first }];
	const nexts = steps.flatMap(({ name, next = [] }) => next.map((to) => ({ from: `the next of "${name}"`, to })));
	return [...begin, ...nexts.filter(({ to }) => to !== 'end')];
}

function undoWays({ steps }: Outline): readonly Way[] {
	return steps.flatMap(({ name, compensation }) =>
		typeof compensation === 'object' ? [{ from: `the compensation of "${name}"`, to: compensation.step }] : [],
	);
}

function namesNotSteps(outline: Outline): string[] {
	if (outline.steps.length === 0) return ['it has no steps'];
	const names = new Set(outline.steps.map(({ name }) => name));
	return [...forwardWays(outline), ...undoWays(outline)]
		.filter(({ to }) => !names.has(to))
		.map(({ from, to }) => `${from} is "${to}", which is not a step`);
}

function misusedSteps(outline: Outline): string[] {
	const undone = new Set(undoWays(outline).map(({ to }) => to));
	const stepOf = new Map(outline.steps.map((step) => [step.name, step]));
	return [
		...forwardWays(outline)
			.filter(({ to }) => stepOf.get(to)?.kind === 'undo')
			.map(({ from, to }) =>
				undone.has(to)
					? `"${to}" undoes a step and cannot go forward as well, but ${from} leads to it`
					: `${from} leads to "${to}", which does not say what comes next: a step or 'end'`,
			),
		...undoWays(outline)
			.filter(({ to }) => stepOf.get(to)?.kind === 'forward')
			.map(({ from, to }) => `${from} is "${to}", which has "next": a step goes forward or undoes, not both`),
		...outline.steps.filter(({ kind }) => kind === 'undo').flatMap(problemsOfUndo),
	];
}

function problemsOfUndo({ name, compensation, hasOnReply }: StepOutline): readonly string[] {
	return [
		...(compensation === undefined
			? []
			: [`"${name}" has no "next", so it is an undo, and an undo is not compensated itself`]),
		...(hasOnReply ? [`"${name}" has no "next", so it is an undo, and the reply to an undo reaches no onReply`] : []),
	];
}

/** Steps that nothing leads to. Where a function decides, anything may be reached. */
function unusedSteps(outline: Outline): readonly string[] {
	const undone = new Set(undoWays(outline).map(({ to }) => to));
	const isUndoDecidedLater = outline.steps.some(({ compensation }) => compensation === 'decided-later');
	const reached = reachedSteps(outline);
	return outline.steps
		.filter(({ name, kind }) =>
			kind === 'undo' ? !isUndoDecidedLater && !undone.has(name) : reached !== undefined && !reached.has(name),
		)
		.map(({ name, kind }) =>
			kind === 'undo' ? `"${name}" has no "next" and no step is compensated by it` : `"${name}" is never reached`,
		);
}

/** `undefined` when a function on the way decides. */
function reachedSteps({ first, steps }: Outline): ReadonlySet<string> | undefined {
	if (first === undefined) return undefined;
	const reached = new Set<string>([first]);
	for (const name of reached) {
		const next = steps.find((step) => step.name === name)?.next;
		if (next === undefined) return undefined;
		for (const to of next) if (to !== 'end') reached.add(to);
	}
	return reached;
}
