/** Tells the CLI how to reach the embedded server: `.data/connection.json`, there while the demo runs. */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigurationError } from '@cb/core';
import { z } from 'zod';

const ConnectionSchema = z.object({ pid: z.int().min(1) });

const fileIn = (directory: string): string => join(directory, 'connection.json');

/** Throws `ConfigurationError` when a demo runs on these data already. A file that a killed one left is no obstacle. */
export function refuseSecond(directory: string): void {
	const pid = pidIn(fileIn(directory));
	if (pid === undefined || !isRunning(pid)) return;
	throw new ConfigurationError(
		`it runs already, as process ${String(pid)}. Stop that one, or set CB_DEMO_DATA_DIRECTORY.`,
	);
}

export function writeConnectionFile(directory: string, url: string): { remove(): void } {
	const file = fileIn(directory);
	const draft = `${file}.${String(process.pid)}`;
	mkdirSync(directory, { recursive: true });
	// The URL has the password of the superuser in it.
	writeFileSync(draft, `${JSON.stringify({ url, pid: process.pid })}\n`, { mode: 0o600 });
	renameSync(draft, file);
	return {
		remove() {
			rmSync(file, { force: true });
		},
	};
}

function pidIn(file: string): number | undefined {
	try {
		return ConnectionSchema.parse(JSON.parse(readFileSync(file, 'utf8'))).pid;
	} catch {
		// Missing, or not ours: then nobody runs here.
		return undefined;
	}
}

function isRunning(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return true;
	} catch {
		return false;
	}
}
