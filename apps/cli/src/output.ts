/**
 * The only printer. Results go to standard output, as text or as exactly one JSON document; everything else goes to standard
 * error. A reader that closes the pipe early is no failure: what is left is not printed.
 */
import picocolors from 'picocolors';
import type { Colors } from 'picocolors/types.js';
import type { Failure } from './failure.ts';
import { cleanText } from './view/clean.ts';

/** What a view needs to know of where it is shown. */
export interface Screen {
	/** Width to fit into; undefined where nobody looks (a pipe or a file): nothing is cut there. */
	readonly columns: number | undefined;
	readonly rows: number | undefined;
	readonly colors: Colors;
	readonly now: Date;
}

/** The part of a stream that is used here; `process.stdout` is one. */
export interface OutputStream extends NodeJS.WritableStream {
	readonly isTTY?: boolean | undefined;
	readonly columns?: number | undefined;
	readonly rows?: number | undefined;
}

export interface OutputOptions {
	readonly stdout: OutputStream;
	readonly stderr: OutputStream;
	readonly isJson: boolean;
	readonly isDebug: boolean;
	wantsColor(stream: OutputStream): boolean;
}

export interface Output {
	readonly isJson: boolean;
	/** Whether somebody sees standard output or standard error at once. */
	readonly isTerminal: boolean;
	readonly isErrorTerminal: boolean;
	/** Of standard output, as it is now. */
	screen(): Screen;
	/** The one JSON document. Indented for people, on one line for programs. */
	document(value: unknown): void;
	text(text: string): void;
	/** As it is, without a line end: control sequences of a redrawn screen. */
	raw(text: string): void;
	/** Progress, hints and questions: standard error, so that they never mix with results. */
	note(text: string): void;
	failure(failure: Failure, error: unknown): void;
}

export function createOutput(options: OutputOptions): Output {
	const { stdout, stderr, isJson } = options;
	const isTerminal = stdout.isTTY === true;
	const colors = picocolors.createColors(options.wantsColor(stdout));
	const errorColors = picocolors.createColors(options.wantsColor(stderr));
	return {
		isJson,
		isTerminal,
		isErrorTerminal: stderr.isTTY === true,
		screen: () => ({
			columns: isTerminal ? (stdout.columns ?? 80) : undefined,
			rows: isTerminal ? stdout.rows : undefined,
			colors,
			now: new Date(),
		}),
		document: (value) => stdout.write(`${jsonText(value, isTerminal)}\n`),
		text: (text) => stdout.write(`${text}\n`),
		raw: (text) => stdout.write(text),
		note: (text) => stderr.write(`${text}\n`),
		failure(failure, error) {
			const { code, message, advice, exitCode, facts } = failure;
			// Messages quote what was typed and what is stored.
			stderr.write(`${errorColors.red('cb:')} ${cleanText(message)}\n`);
			if (advice !== undefined) stderr.write(`    ${cleanText(advice)}\n`);
			if (options.isDebug) stderr.write(`${cleanText(debugText(error))}\n`);
			if (isJson) stdout.write(`${jsonText({ error: { ...facts, code, message, advice, exitCode } }, isTerminal)}\n`);
		},
	};
}

/** Calls `closed` when the reader of a stream goes away. */
export function onClosedPipe(streams: readonly OutputStream[], closed: () => void): void {
	for (const stream of streams) {
		stream.on('error', (error: NodeJS.ErrnoException) => {
			if (error.code !== 'EPIPE') throw error;
			closed();
		});
	}
}

/** For a run that is broken off while the database does not answer. */
export function sayLastWords(stderr: OutputStream): void {
	stderr.write('cb: Broken off before the database answered. If this was an act, look whether it happened.\n');
}

/** Valid JSON that cannot steer a terminal: what JSON leaves raw (C1 controls, direction marks) is escaped as well. */
export function jsonText(value: unknown, isIndented: boolean): string {
	const text = JSON.stringify(value, undefined, isIndented ? 2 : undefined);
	return text.replaceAll(/[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu, (character) => {
		return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
	});
}

function debugText(error: unknown): string {
	if (!(error instanceof Error)) return String(error);
	const cause = error.cause === undefined ? '' : `\ncaused by ${debugText(error.cause)}`;
	return `${error.stack ?? error.message}${cause}`;
}
