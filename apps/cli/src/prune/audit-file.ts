/** The file that audit is exported to: what is confirmed is on the disk. */
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import type { AuditSink } from '@cb/ops';
import { usageError } from '../cli-error.ts';

export interface AuditFile {
	readonly append: AuditSink;
	close(): Promise<void>;
}

/** Appends: a run that is repeated after a crash adds its lines again, with the same `sequence`. */
export async function openAuditFile(path: string): Promise<AuditFile> {
	const [file, { auditLines }] = await Promise.all([openToAppend(path), import('@cb/ops')]);
	return {
		async append(events) {
			await file.appendFile(auditLines(events));
			await file.datasync();
		},
		close: () => file.close(),
	};
}

async function openToAppend(path: string): Promise<FileHandle> {
	try {
		return await open(path, 'a');
	} catch (error) {
		const reason = error instanceof Error ? error.message : String(error);
		throw usageError(
			`--export: the file "${path}" cannot be opened (${reason}); nothing was removed.`,
			'Check the path and its folder.',
		);
	}
}
