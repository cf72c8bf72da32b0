/** The only place that reads the environment. */
import { existsSync } from 'node:fs';
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
