/** The verbs of the batch suites. */
import { expect } from 'vitest';
import type { BatchRecord, NewBatch } from '../model/batch.ts';
import type { NewCommand, ReceivedCommand } from '../model/command-record.ts';
import { aBatch, domain } from './builders.ts';
import type { Outcome } from './builders.ts';
import type { BackendSubject } from './subject.ts';

export async function openBatch(
	subject: BackendSubject,
	members: readonly NewCommand[],
	overrides: Partial<NewBatch> = {},
): Promise<NewBatch> {
	const batch = aBatch(overrides);
	const half = Math.ceil(members.length / 2);
	const chunks = [members.slice(0, half), members.slice(half)].filter((chunk) => chunk.length > 0);
	expect(await subject.backend.batches.open(batch, chunks)).toEqual({ kind: 'opened' });
	return batch;
}

export async function settleEach(
	subject: BackendSubject,
	received: readonly (ReceivedCommand | undefined)[],
	outcome: Outcome,
): Promise<void> {
	const settlements = received.flatMap((command) =>
		command === undefined ? [] : [{ ...outcome, lease: command.lease }],
	);
	await subject.backend.commands.settle(domain, settlements);
}

export async function progressOf(subject: BackendSubject, { domain, batchId }: NewBatch): Promise<BatchRecord> {
	return (await subject.backend.batches.get({ domain, batchId })) ?? expect.fail('no such batch');
}

export async function typesOf(subject: BackendSubject, { domain, batchId }: NewBatch): Promise<readonly string[]> {
	return (await subject.backend.batches.history({ domain, batchId })).map(({ type }) => type);
}
