/** The moves of commands, as short as a test wants them. */
import { randomUUID } from 'node:crypto';
import { errorFingerprint } from '@cb/core';
import type { ErrorRecord, NewCommand, ReceiveRequest, ReceivedCommand, Settlement } from '@cb/core';
import type { PgBackend } from '../src/index.ts';

export const permanentError: ErrorRecord = {
	type: 'PERMANENT',
	code: 'CLOSED',
	message: 'Account 17 is closed.',
	details: null,
};

export function aCommand(domain: string, overrides: Partial<NewCommand> = {}): NewCommand {
	return {
		domain,
		commandId: randomUUID(),
		commandType: 'Charge',
		data: { cents: 1 },
		correlationId: randomUUID(),
		replyTo: `${domain}__replies`,
		...overrides,
	};
}

export async function accept(backend: PgBackend, domain: string, count: number): Promise<readonly NewCommand[]> {
	const commands = Array.from({ length: count }, () => aCommand(domain));
	await backend.commands.accept(commands);
	return commands;
}

export function aReceive(domain: string, limit: number): ReceiveRequest {
	return {
		domain,
		workerId: 'worker-1',
		limit,
		leaseSeconds: 60,
		maxAttemptsByType: {},
		defaultMaxAttempts: 3,
		exhausted: { error: permanentError, fingerprint: errorFingerprint(permanentError) },
	};
}

export async function receive(backend: PgBackend, domain: string, limit: number): Promise<readonly ReceivedCommand[]> {
	const { commands } = await backend.commands.receive(aReceive(domain, limit));
	return commands;
}

/** Receives a whole domain, in as many calls as it takes. */
export async function receiveAll(backend: PgBackend, domain: string): Promise<readonly ReceivedCommand[]> {
	const received = await receive(backend, domain, 1_000);
	return received.length === 0 ? [] : [...received, ...(await receiveAll(backend, domain))];
}

export function completeOf({ lease }: ReceivedCommand): Settlement {
	return { kind: 'complete', lease, result: null };
}

export function parkOf({ lease }: ReceivedCommand): Settlement {
	return {
		kind: 'park',
		lease,
		error: permanentError,
		fingerprint: errorFingerprint(permanentError),
		reason: 'PERMANENT',
		maxAttempts: 3,
	};
}

export async function park(backend: PgBackend, domain: string, count: number): Promise<readonly ReceivedCommand[]> {
	await accept(backend, domain, count);
	const received = await receiveAll(backend, domain);
	await backend.commands.settle(domain, received.map(parkOf));
	return received;
}
