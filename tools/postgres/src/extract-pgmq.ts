/** PGMQ as an extension for a server that does not have it: unpacked from the npm package that carries it. */
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { gunzipSync } from 'node:zlib';

const tarBlockSize = 512;

/**
 * Writes `<directory>/extension/pgmq.control` and its scripts. After
 * `alter database … set extension_control_path = '<directory>:$system'` a new session of a PostgreSQL 18 server can
 * `create extension pgmq`. The server's user must be able to read the directory.
 */
export function extractPgmq(directory: string): void {
	const extensionDirectory = join(directory, 'extension');
	mkdirSync(extensionDirectory, { recursive: true });
	chmodSync(directory, 0o755);
	for (const { name, content } of archivedFiles(readFileSync(archivePath()))) {
		writeFileSync(join(extensionDirectory, basename(name)), content, { mode: 0o644 });
	}
}

function archivePath(): string {
	const entry = createRequire(import.meta.url).resolve('@electric-sql/pglite-pgmq');
	return join(entry, '..', 'pgmq.tar.gz');
}

/** Plain files of a gzipped tar archive: 512-byte headers with the name at 0 and the octal size at 124. */
function* archivedFiles(archive: Buffer): Generator<{ readonly name: string; readonly content: Buffer }> {
	const tar = gunzipSync(archive);
	for (let offset = 0; offset + tarBlockSize <= tar.length;) {
		const name = tar.toString('utf8', offset, offset + 100).replace(/\0.*$/s, '');
		if (name === '') return;
		const size = Number.parseInt(tar.toString('ascii', offset + 124, offset + 136), 8);
		const start = offset + tarBlockSize;
		yield { name, content: tar.subarray(start, start + size) };
		offset = start + Math.ceil(size / tarBlockSize) * tarBlockSize;
	}
}
