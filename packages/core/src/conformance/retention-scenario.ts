/** The verbs of the retention suites. */
import { expect } from 'vitest';
import type { ProcessStatus } from '../model/process.ts';
import type { PruneRequest, PruneResult } from '../ports/maintenance-store.ts';
import { aProcess, anAdvance } from './builders.ts';
import { loadProcess } from './scenario.ts';
import type { BackendSubject } from './subject.ts';

type WithoutChunk<Request> = Request extends PruneRequest ? Partial<Request> & Pick<Request, 'kind'> : never;

/** Everything of a kind that is over now, chunk by chunk. */
export async function pruneAll(
	subject: BackendSubject,
	request: WithoutChunk<PruneRequest>,
): Promise<Omit<PruneResult, 'next'>> {
	const { next, ...counts } = await subject.backend.maintenance.prune({ olderThanSeconds: 0, limit: 100, ...request });
	if (next === undefined) return counts;
	const rest = await pruneAll(subject, { ...request, after: next });
	return { pruned: counts.pruned + rest.pruned, kept: counts.kept + rest.kept, rows: counts.rows + rest.rows };
}

/** Starts a process, and moves it on when another status is wanted. Returns its id and that of its first command. */
export async function startProcess(
	subject: BackendSubject,
	status: ProcessStatus = 'WAITING_FOR_REPLY',
	overrides: Parameters<typeof aProcess>[0] = {},
): Promise<{ readonly processId: string; readonly commandId: string; readonly domain: string }> {
	const process = aProcess(overrides);
	expect(await subject.backend.processes.start([process])).toMatchObject([{ kind: 'started' }]);
	if (status !== 'WAITING_FOR_REPLY') await moveProcess(subject, process.processId, status);
	const { commandId, domain } = process.first.command;
	return { processId: process.processId, commandId, domain };
}

export async function moveProcess(subject: BackendSubject, processId: string, status: ProcessStatus): Promise<void> {
	const advance = anAdvance(await loadProcess(subject, processId), { status });
	expect(await subject.backend.processes.advance([advance])).toMatchObject([{ kind: 'advanced' }]);
}
