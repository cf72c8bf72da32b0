/** Valid data for the suites, with the one thing overridden that a case is about. */
import { newId } from '../model/new-id.ts';
import type { NewBatch } from '../model/batch.ts';
import type { NewCommand } from '../model/command-record.ts';
import type { CommandAddress } from '../model/ids.ts';
import { domainQueues } from '../model/ids.ts';
import { exhaustedByRedelivery } from '../model/error-record.ts';
import type { ErrorRecord } from '../model/error-record.ts';
import { errorFingerprint } from '../model/error-fingerprint.ts';
import type { Operator } from '../model/operator.ts';
import type { LoadedProcess, NewProcess, ProcessAdvance, StepCommand } from '../ports/process-store.ts';
import type { ReceiveRequest, Settlement } from '../ports/command-store.ts';
import type { FrozenBulk, OperatorRequest } from '../ports/troubleshooting-store.ts';

/** The domain of every case, and the one beside it where a case needs two. */
export const domain = 'payments';
export const otherDomain = 'reports';
export const replyQueue = domainQueues(domain).replies;
export const processQueue = domainQueues(domain).processReplies;

export const operator: Operator = { id: 'ada@example.com', kind: 'human' };

/** Longer than every lease and delay in the suites. */
export const longMs = 3_600_000;

export function aCommand(overrides: Partial<NewCommand> = {}): NewCommand {
	return {
		domain,
		commandId: newId(),
		commandType: 'Charge',
		data: { amount: 4200, currency: 'EUR' },
		correlationId: newId(),
		replyTo: replyQueue,
		...overrides,
	};
}

/** `count` commands that differ only in their ids. */
export function commands(count: number, overrides: Partial<NewCommand> = {}): readonly NewCommand[] {
	return Array.from({ length: count }, () => aCommand(overrides));
}

export function aReceive(overrides: Partial<ReceiveRequest> = {}): ReceiveRequest {
	return {
		domain,
		workerId: 'worker-1',
		limit: 100,
		leaseSeconds: 30,
		maxAttemptsByType: {},
		defaultMaxAttempts: 3,
		exhausted: { error: exhaustedByRedelivery, fingerprint: errorFingerprint(exhaustedByRedelivery) },
		...overrides,
	};
}

export function anError(overrides: Partial<ErrorRecord> = {}): ErrorRecord {
	return {
		type: 'TRANSIENT',
		code: 'GATEWAY_TIMEOUT',
		message: 'The gateway did not answer.',
		details: { host: 'gateway-7', tries: [1, 2] },
		...overrides,
	};
}

type WithoutLease<Kind> = Kind extends Settlement ? Omit<Kind, 'lease'> : never;

/** What becomes of a command, before it is known by which lease. */
export type Outcome = WithoutLease<Settlement>;

export function completed(result: (Settlement & { kind: 'complete' })['result'] = { paid: true }): Outcome {
	return { kind: 'complete', result };
}

export function retriedLater(delaySeconds = 10, error: ErrorRecord = anError()): Outcome {
	return { kind: 'retry-later', error, delaySeconds };
}

export function parkedWith(
	error: ErrorRecord = anError({ type: 'PERMANENT', code: 'ACCOUNT_CLOSED', message: 'Account 17 is closed.' }),
	overrides: Partial<Omit<Settlement & { kind: 'park' }, 'lease' | 'kind' | 'error'>> = {},
): Outcome {
	return {
		kind: 'park',
		error,
		fingerprint: errorFingerprint(error),
		reason: 'PERMANENT',
		maxAttempts: 3,
		...overrides,
	};
}

export function failed(
	error: ErrorRecord = anError({ type: 'BUSINESS_RULE', code: 'INSUFFICIENT_FUNDS', message: 'Not enough money.' }),
): Outcome {
	return { kind: 'fail', error };
}

export function aBatch(overrides: Partial<NewBatch> = {}): NewBatch {
	return { domain, batchId: newId(), ...overrides };
}

type RequestOf<Action extends OperatorRequest['action']> = Extract<OperatorRequest, { readonly action: Action }>;

/** Acts on a parked command, by name. */
export function retryOf({ domain, commandId }: CommandAddress): RequestOf<'retry'> {
	return { domain, commandId, operator, action: 'retry' };
}

export function cancelOf({ domain, commandId }: CommandAddress): RequestOf<'cancel'> {
	return { domain, commandId, operator, reason: 'The customer called.', action: 'cancel' };
}

export function completeOf({ domain, commandId }: CommandAddress): RequestOf<'complete'> {
	return { domain, commandId, operator, action: 'complete', result: { paidByHand: true } };
}

export function aBulk(overrides: Partial<FrozenBulk> = {}): FrozenBulk {
	return { bulkId: newId(), operator, action: { action: 'retry' }, filter: { domain }, ...overrides };
}

/** A step of a process, with the command it sends: correlated to the process, answered on its queue, with notices. */
export function aStep(
	processId: string,
	overrides: Partial<Omit<StepCommand, 'command'>> & { readonly command?: Partial<NewCommand> } = {},
): StepCommand {
	const { command, ...step } = overrides;
	return {
		step: 'charge',
		kind: 'forward',
		...step,
		command: aCommand({ correlationId: processId, replyTo: processQueue, wantsNotices: true, ...command }),
	};
}

export function aProcess(overrides: Partial<NewProcess> = {}): NewProcess {
	const processId = overrides.processId ?? newId();
	return {
		processId,
		processType: 'StatementReport',
		domain,
		state: { account: 17, lines: [] },
		first: aStep(processId),
		...overrides,
	};
}

/** An advance that leaves everything as it is, but for what is overridden. */
export function anAdvance({ process }: LoadedProcess, overrides: Partial<ProcessAdvance> = {}): ProcessAdvance {
	const { processId, status, state, currentStep, compensationPlan, compensationErrors, error } = process;
	return {
		processId,
		expectedVersion: process.version,
		status,
		state,
		currentStep,
		compensationPlan,
		compensationErrors,
		error,
		stepUpdates: [],
		send: [],
		events: [],
		...overrides,
	};
}
