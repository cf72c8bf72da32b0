/**
 * How the files of a statement are named: after the command that makes them, and after the attempt. So an attempt that is no longer wanted
 * takes away its own files and never those of the attempt that took its place. Pure.
 */
export interface RenderAttempt {
	readonly commandId: string;
	readonly generation: number;
	readonly attempt: number;
}

const formats = ['csv', 'html'] as const;

export function namesOf(render: RenderAttempt): readonly [csv: string, html: string] {
	const [csv, html] = formats;
	return [nameOf(render, csv), nameOf(render, html)];
}

/**
 * Those that earlier attempts of the same command have left. Had one of them been completed, there would be no attempt now: they are of no use
 * to anybody.
 */
export function namesOfEarlier(present: readonly string[], render: RenderAttempt): readonly string[] {
	return present.filter((name) => {
		const other = attemptOf(name);
		return other?.commandId === render.commandId && isEarlier(other, render);
	});
}

function nameOf({ commandId, generation, attempt }: RenderAttempt, format: (typeof formats)[number]): string {
	return `statement-${commandId}-${String(generation)}-${String(attempt)}.${format}`;
}

function attemptOf(name: string): RenderAttempt | undefined {
	const [, commandId, generation, attempt] = /^statement-([0-9a-f-]{36})-(\d+)-(\d+)\.(?:csv|html)$/.exec(name) ?? [];
	if (commandId === undefined) return undefined;
	return { commandId, generation: Number(generation), attempt: Number(attempt) };
}

function isEarlier(other: RenderAttempt, render: RenderAttempt): boolean {
	if (other.generation !== render.generation) return other.generation < render.generation;
	return other.attempt < render.attempt;
}
