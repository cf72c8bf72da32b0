/** The file that audit is exported to: what is confirmed is on the disk. */
import { open } from 'node:fs/promises';
import { auditLines } from '@cb/ops';
import type { AuditSink } from '@cb/ops';

export interface AuditFile {
	readonly append: AuditSink;
	close(): Promise<void>;
}

/** Appends: a run that is repeated after a crash adds its lines again, with the same `sequence`. */
export async function openAuditFile(path: string): Promise<AuditFile> {
	const file = await open(path, 'a');
	return {
		async append(events) {
			await file.appendFile(auditLines(events));
			await file.datasync();
		},
		close: () => file.close(),
	};
}
