/**
 * The files of the reports. Names come from the commands that make them; a file appears under its name only when it is complete.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

export interface StatementFiles {
	/** Lines on their way from one step to the next. */
	readonly scratch: FileDrawer;
	/** Finished statements. */
	readonly rendered: FileDrawer;
}

export interface FileDrawer {
	/** Replaces what is there. Writes nothing when the signal is aborted by then: somebody else has the say. */
	write(name: string, text: string, signal: AbortSignal): Promise<void>;
	/** `undefined` when it is not there. */
	read(name: string): Promise<string | undefined>;
	/** Returns how many there were. */
	remove(names: readonly string[]): Promise<number>;
	list(): Promise<readonly string[]>;
}

export function openStatementFiles(directory: string): StatementFiles {
	return { scratch: openDrawer(join(directory, 'scratch')), rendered: openDrawer(join(directory, 'rendered')) };
}

const draftSuffix = '.draft';

function openDrawer(directory: string): FileDrawer {
	return {
		async write(name, text, signal) {
			await mkdir(directory, { recursive: true });
			const draft = join(directory, `${name}.${randomUUID()}${draftSuffix}`);
			try {
				await writeThrough(draft, text);
				signal.throwIfAborted();
				await rename(draft, join(directory, name));
			} catch (error) {
				await rm(draft, { force: true });
				throw error;
			}
		},
		async read(name) {
			try {
				return await readFile(join(directory, name), 'utf8');
			} catch (error) {
				if (isMissing(error)) return undefined;
				throw error;
			}
		},
		async remove(names) {
			const present = new Set(await listed(directory));
			const found = names.filter((name) => present.has(name));
			await Promise.all(found.map((name) => rm(join(directory, name), { force: true })));
			return found.length;
		},
		list: async () => (await listed(directory)).filter((name) => !name.endsWith(draftSuffix)),
	};
}

/** On disk, not only in the page cache, before it gets its name. */
async function writeThrough(path: string, text: string): Promise<void> {
	const file = await open(path, 'w');
	try {
		await file.writeFile(text);
		await file.sync();
	} finally {
		await file.close();
	}
}

async function listed(directory: string): Promise<readonly string[]> {
	try {
		return await readdir(directory);
	} catch (error) {
		if (isMissing(error)) return [];
		throw error;
	}
}

function isMissing(error: unknown): boolean {
	return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
