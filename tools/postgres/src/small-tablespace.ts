/** A tablespace on a filesystem of its own that is small, so that a test can fill it and free it: a full disk, without harm to the machine's. */
import { chownSync, closeSync, mkdirSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { serverUser } from './binaries.ts';
import { createTemporaryDirectory } from './temporary-directory.ts';

export interface SmallTablespace {
	/** For `create tablespace … location`; empty, and the server's own. */
	readonly location: string;
	readonly sizeBytes: number;
	readonly freeBytes: number;
	/** Takes all the room that is left. */
	fill(): void;
	/** Gives it back. */
	free(): void;
	/** To be called when the server that uses it is stopped; the end of this process does it in any case. */
	remove(): Promise<void>;
}

/** Big ones first, then whatever still fits. */
const chunks = [2 ** 20, 2 ** 16, 2 ** 12].map((size) => Buffer.alloc(size));

/** Throws where this process may not mount: see `canMount`. The whole server would not do: without room for its log it stops. */
export async function createSmallTablespace(sizeBytes: number): Promise<SmallTablespace> {
	const directory = await createTemporaryDirectory({ sizeBytes });
	const location = join(directory.path, 'tablespace');
	const filler = join(directory.path, 'filler');
	const user = serverUser();
	mkdirSync(location, { mode: 0o700 });
	if (user !== undefined) chownSync(location, user.uid, user.gid);
	return {
		location,
		sizeBytes,
		get freeBytes() {
			const { bavail, bsize } = statfsSync(directory.path);
			return bavail * bsize;
		},
		fill() {
			const file = openSync(filler, 'a');
			for (const chunk of chunks) {
				for (let hasRoom = true; hasRoom;) hasRoom = write(file, chunk);
			}
			closeSync(file);
		},
		free() {
			rmSync(filler, { force: true });
		},
		remove: () => directory.remove(),
	};
}

/** False when there is no room for it any more. */
function write(file: number, chunk: Buffer): boolean {
	try {
		return writeSync(file, chunk) === chunk.length;
	} catch (error) {
		if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') return false;
		throw error;
	}
}
