/** The only place that reads the environment. */
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

/** A Redis to compare with. */
export function configuredRedisUrl(): string | undefined {
	const url = process.env['CB_REDIS_URL'];
	return url === undefined || url === '' ? undefined : url;
}

/** Where a program of this name is on the search path. */
export function programOnPath(name: string): string | undefined {
	const folders = (process.env['PATH'] ?? '').split(delimiter);
	return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

/**
 * Ours, and where Node.js keeps compiled code: the second process of a kind takes its program from there as JavaScript, as an application does,
 * without the 16 MB that reading TypeScript costs.
 */
export function environmentOfChildren(): NodeJS.ProcessEnv {
	return { NODE_COMPILE_CACHE: join(tmpdir(), 'node-compile-cache'), ...process.env };
}
