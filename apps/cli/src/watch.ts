/** The same question again and again, redrawn in place, until Ctrl-C. */
import { setTimeout as sleep } from 'node:timers/promises';
import { usageError } from './cli-error.ts';
import type { Context } from './context.ts';
import { describeFailure } from './failure.ts';
import { exitCodes } from './exit-code.ts';
import type { Output, Screen } from './output.ts';
import type { Result } from './result.ts';

const home = '\u001b[H';
/** Before the line: after one that fills the terminal it would take its last character. */
const clearLine = '\u001b[K';
const clearBelow = '\u001b[J';
const clearScreen = '\u001b[2J';
/** The cursor is hidden, and a line that is too long is cut by the terminal: a broken one would shift all below it. */
const beginFrames = '\u001b[?25l\u001b[?7l';
const endFrames = '\u001b[?7h\u001b[?25h';

/** Shows what `ask` finds every `seconds`, or once without. A database that is away is waited for. Ends with the context's signal. */
export async function watch(
	context: Context,
	seconds: number | undefined,
	ask: () => Promise<Result>,
): Promise<Result> {
	if (seconds === undefined) return ask();
	const { output, signal } = context;
	if (output.isJson) throw usageError('--watch redraws a terminal, --json prints one document.', 'Use one of both.');
	if (output.isTerminal) output.raw(`${beginFrames}${clearScreen}`);
	let frame: Frame = { text: '', problem: undefined };
	try {
		while (!signal.aborted) {
			frame = await nextFrame(ask, output.screen(), frame);
			draw(output, frame, `every ${String(seconds)}s`);
			await sleep(seconds * 1_000, undefined, { signal }).catch(() => undefined);
		}
	} finally {
		if (output.isTerminal) output.raw(`${endFrames}\n`);
	}
	return { data: null, text: () => '' };
}

interface Frame {
	readonly text: string;
	/** Why the text is not of now. */
	readonly problem: string | undefined;
}

async function nextFrame(ask: () => Promise<Result>, screen: Screen, last: Frame): Promise<Frame> {
	try {
		const result = await ask();
		return { text: await result.text(screen), problem: undefined };
	} catch (error) {
		const failure = await describeFailure(error);
		if (failure.exitCode !== exitCodes.unavailable) throw error;
		return { ...last, problem: `${failure.message} Trying again.` };
	}
}

function draw(output: Output, { text, problem }: Frame, rhythm: string): void {
	const { rows = 24, colors } = output.screen();
	const lines = [...text.split('\n'), ...(problem === undefined ? [] : [colors.red(problem)])];
	if (!output.isTerminal) {
		output.text(`${lines.join('\n')}\n`);
		return;
	}
	const footer = colors.dim(`${rhythm} · ${new Date().toISOString().slice(11, 19)}Z · Ctrl-C ends`);
	const shown = [...firstOf(lines, Math.max(1, rows - 2)), footer];
	output.raw(`${home}${shown.map((line) => `${clearLine}${line}`).join('\n')}${clearBelow}`);
}

/** What fits, and how much does not. */
function firstOf(lines: readonly string[], room: number): readonly string[] {
	if (lines.length <= room) return lines;
	return [...lines.slice(0, room - 1), `… ${String(lines.length - room + 1)} more lines`];
}
