/** Tells the CLI how to reach the embedded server: `.data/connection.json`, there while the demo runs. */
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export function writeConnectionFile(directory: string, url: string): { remove(): void } {
	const file = join(directory, 'connection.json');
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
