/**
 * A process's own record of what it tried and what came of it, independent of the database: one line of JSON each, handed to the operating system
 * before the process goes on, so that it survives SIGKILL.
 */
import { openSync, writeSync } from 'node:fs';
import type { LedgerLine } from './ledger-line.ts';

export interface LedgerFile {
	write(line: LedgerLine): void;
}

export function openLedgerFile(path: string): LedgerFile {
	const file = openSync(path, 'a');
	return {
		write(line) {
			writeSync(file, `${JSON.stringify({ ...line, at: performance.timeOrigin + performance.now() })}\n`);
		},
	};
}
