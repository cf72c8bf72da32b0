/**
 * Every error this library throws: one base, a string code each, and the facts a caller needs as fields. Recognise them with
 * `isCommandBusError(value, 'command-not-found')`, never with `instanceof`: two copies of this package in one program would not know each
 * other's classes.
 */
import type { CommandStatus } from './model/command-status.ts';
import type { JsonValue } from './model/json.ts';
import type { OperatorAct } from './model/operator.ts';

const brand = Symbol.for('@cb/error');

/** Base of every error of `@cb/*`. The message says what was attempted, with which id, and what to do. */
export abstract class CommandBusError extends Error {
	abstract readonly code: string;
	readonly [brand] = true;

	constructor(message: string, options?: ErrorOptions) {
		super(message, options);
		this.name = new.target.name;
	}
}

/** A place in the input and what is wrong there. */
export interface Issue {
	readonly path: string;
	readonly message: string;
}

/** Options that cannot work. Thrown once, when a bus, worker or backend is made. Nothing was started. */
export class ConfigurationError extends CommandBusError {
	readonly code = 'configuration';
}

/** An argument of one call that can never be right: an illegal domain, a negative delay, an unknown filter field. Nothing was done. */
export class InvalidArgumentError extends CommandBusError {
	readonly code = 'invalid-argument';
	readonly issues: readonly Issue[];

	constructor(message: string, issues: readonly Issue[] = [], options?: ErrorOptions) {
		super(message, options);
		this.issues = issues;
	}
}

/** A payload or result that does not match its schema or has no JSON form. `issues` carries the paths. Nothing was stored. */
export class PayloadInvalidError extends CommandBusError {
	readonly code = 'payload-invalid';
	readonly issues: readonly Issue[];

	constructor(message: string, issues: readonly Issue[], options?: ErrorOptions) {
		super(message, options);
		this.issues = issues;
	}
}

/** A payload above the size limit of the bus. Nothing was stored. */
export class PayloadTooLargeError extends CommandBusError {
	readonly code = 'payload-too-large';
	readonly bytes: number;
	readonly limitBytes: number;

	constructor(subject: string, bytes: number, limitBytes: number) {
		super(`${subject} is ${bytes} bytes of JSON, the limit is ${limitBytes}. Store it elsewhere and send a reference.`);
		this.bytes = bytes;
		this.limitBytes = limitBytes;
	}
}

export class DomainNotFoundError extends CommandBusError {
	readonly code = 'domain-not-found';
	readonly domain: string;

	constructor(domain: string, options?: ErrorOptions) {
		super(
			`Domain "${domain}" does not exist. Create it once with backend.domains.create("${domain}"), ` +
				`"cb domain create ${domain}" or "select cb.create_domain('${domain}')".`,
			options,
		);
		this.domain = domain;
	}
}

export class ReplyQueueNotFoundError extends CommandBusError {
	readonly code = 'reply-queue-not-found';
	readonly replyTo: string;

	constructor(replyTo: string, attempted: string, options?: ErrorOptions) {
		super(
			`${attempted}: reply queue "${replyTo}" does not exist. Create it with ` +
				`backend.domains.createReplyQueue("${replyTo}") or "select pgmq.create('${replyTo}')", then repeat.`,
			options,
		);
		this.replyTo = replyTo;
	}
}

/** The (domain, id) exists already. The first one stands; nothing was stored. */
export class DuplicateCommandError extends CommandBusError {
	readonly code = 'duplicate-command';
	readonly domain: string;
	readonly commandId: string;

	constructor(domain: string, commandId: string, options?: ErrorOptions) {
		super(
			`Command ${commandId} exists already in domain "${domain}"; nothing was stored. ` +
				`Pass onDuplicate: "return-existing" to get its receipt instead.`,
			options,
		);
		this.domain = domain;
		this.commandId = commandId;
	}
}

/** `sendMany` stopped at a chunk: earlier chunks stay, this one and the later ones were not stored. `cause` is the refusal itself. */
export class ChunkRefusedError extends CommandBusError {
	readonly code = 'chunk-refused';
	/** From 0. */
	readonly chunkIndex: number;
	/** Position of the refused command in the whole request, from 0. */
	readonly commandIndex: number;
	readonly commandId: string;
	/** How many commands of earlier chunks are stored. */
	readonly storedCount: number;

	constructor(
		facts: { chunkIndex: number; commandIndex: number; commandId: string; storedCount: number },
		cause: Error,
	) {
		super(
			`sendMany stopped at chunk ${facts.chunkIndex}, command ${facts.commandIndex} (${facts.commandId}): ${cause.message} ` +
				`The ${facts.storedCount} commands of earlier chunks are stored, this chunk and those after it are not.`,
			{ cause },
		);
		this.chunkIndex = facts.chunkIndex;
		this.commandIndex = facts.commandIndex;
		this.commandId = facts.commandId;
		this.storedCount = facts.storedCount;
	}
}

/** Something addressed by an id is not there. */
export class CommandNotFoundError extends CommandBusError {
	readonly code = 'command-not-found';
	readonly domain: string;
	readonly commandId: string;

	constructor(domain: string, commandId: string, options?: ErrorOptions) {
		super(`Command ${commandId} does not exist in domain "${domain}". Check the id and the domain.`, options);
		this.domain = domain;
		this.commandId = commandId;
	}
}

export class BatchNotFoundError extends CommandBusError {
	readonly code = 'batch-not-found';

	constructor(domain: string, batchId: string, options?: ErrorOptions) {
		super(`Batch ${batchId} does not exist in domain "${domain}". Check the id and the domain.`, options);
	}
}

export class DuplicateBatchError extends CommandBusError {
	readonly code = 'duplicate-batch';

	constructor(domain: string, batchId: string, options?: ErrorOptions) {
		super(`Batch ${batchId} exists already in domain "${domain}"; nothing was stored.`, options);
	}
}

export class ProcessNotFoundError extends CommandBusError {
	readonly code = 'process-not-found';

	constructor(processId: string, options?: ErrorOptions) {
		super(`Process ${processId} does not exist. Check the id.`, options);
	}
}

export class BulkNotFoundError extends CommandBusError {
	readonly code = 'bulk-not-found';

	constructor(bulkId: string, options?: ErrorOptions) {
		super(`Bulk ${bulkId} does not exist. Preview one first.`, options);
	}
}

export class HandlerAlreadyRegisteredError extends CommandBusError {
	readonly code = 'handler-already-registered';

	constructor(domain: string, commandType: string) {
		super(`"${commandType}" of domain "${domain}" has a handler already. Register one handler per command type.`);
	}
}

/** The status does not allow what was asked, for instance an act on a command that is not parked. Nothing changed. */
export class InvalidOperationError extends CommandBusError {
	readonly code = 'invalid-operation';
	readonly status: string;
	readonly lastAct: OperatorAct | undefined;

	constructor(message: string, status: CommandStatus | (string & {}), lastAct?: OperatorAct) {
		super(message);
		this.status = status;
		this.lastAct = lastAct;
	}
}

/** Somebody else was faster: the version the caller saw is gone. Nothing changed. Read again and decide anew. */
export class ConflictError extends CommandBusError {
	readonly code = 'conflict';
	readonly status: string;
	readonly lastAct: OperatorAct | undefined;

	constructor(message: string, status: string, lastAct?: OperatorAct) {
		super(message);
		this.status = status;
		this.lastAct = lastAct;
	}
}

/** The `authorize` hook said no. Nothing changed. */
export class NotAuthorizedError extends CommandBusError {
	readonly code = 'not-authorized';
}

/** The lease ran out or went to another worker: whatever its holder does now changes nothing. */
export class LeaseLostError extends CommandBusError {
	readonly code = 'lease-lost';

	constructor(domain: string, commandId: string, attempt: number) {
		super(
			`The lease on command ${commandId} of domain "${domain}", attempt ${attempt}, is lost; nothing was changed. ` +
				`The command is delivered again.`,
		);
	}
}

/** `waitFor` gave up waiting; the command itself goes on. */
export class WaitTimedOutError extends CommandBusError {
	readonly code = 'wait-timed-out';
}

/** A process moved on between reading and advancing it. Read it again; a repeat can succeed. */
export class StaleProcessError extends CommandBusError {
	readonly code = 'stale-process';

	constructor(processId: string, expectedVersion: number, options?: ErrorOptions) {
		super(`Process ${processId} is no longer at version ${expectedVersion}. Read it again and repeat.`, options);
	}
}

/** A command or process definition that cannot work. Thrown where it is defined. */
export class DefinitionInvalidError extends CommandBusError {
	readonly code = 'definition-invalid';
}

/** The database's schema is older, newer or unknown, or PGMQ is too old. Nothing was started; the message says what to run. */
export class SchemaMismatchError extends CommandBusError {
	readonly code = 'schema-mismatch';
}

/** Why the store failed; table-tested against SQLSTATE in the adapter. */
export type StoreErrorReason =
	| 'serialization'
	| 'deadlock'
	| 'connection'
	| 'lock-timeout'
	| 'statement-timeout'
	| 'too-many-connections'
	| 'out-of-resources'
	| 'unique-violation'
	| 'authorization'
	| 'syntax'
	| 'unknown';

/** Infrastructure failed. Thrown by adapters only; `isRetryable` says whether the same call may succeed later. */
export class StoreError extends CommandBusError {
	readonly code = 'store';
	readonly reason: StoreErrorReason;
	readonly isRetryable: boolean;

	constructor(message: string, facts: { reason: StoreErrorReason; isRetryable: boolean }, options?: ErrorOptions) {
		super(message, options);
		this.reason = facts.reason;
		this.isRetryable = facts.isRetryable;
	}
}

/** A verdict of a handler on its own command, with a code of the author's choice. */
abstract class Verdict extends CommandBusError {
	abstract readonly verdict: 'TRANSIENT' | 'PERMANENT' | 'BUSINESS_RULE';
	readonly code: string;
	readonly details: JsonValue;

	constructor(
		code: string,
		message: string,
		...[details = null, options]: [details?: JsonValue, options?: ErrorOptions]
	) {
		super(message, options);
		this.code = code;
		this.details = details;
	}
}

/** Thrown by a handler: try again after the backoff, then park. */
export class TransientCommandError extends Verdict {
	readonly verdict = 'TRANSIENT';
}

/** Thrown by a handler: no retry can help, park it for an operator. */
export class PermanentCommandError extends Verdict {
	readonly verdict = 'PERMANENT';
}

/** Thrown by a handler: the answer is no. The command is FAILED at once and the sender gets a FAILED reply. */
export class BusinessRuleError extends Verdict {
	readonly verdict = 'BUSINESS_RULE';
}

interface ErrorByCode {
	readonly configuration: ConfigurationError;
	readonly 'invalid-argument': InvalidArgumentError;
	readonly 'payload-invalid': PayloadInvalidError;
	readonly 'payload-too-large': PayloadTooLargeError;
	readonly 'domain-not-found': DomainNotFoundError;
	readonly 'reply-queue-not-found': ReplyQueueNotFoundError;
	readonly 'duplicate-command': DuplicateCommandError;
	readonly 'chunk-refused': ChunkRefusedError;
	readonly 'command-not-found': CommandNotFoundError;
	readonly 'batch-not-found': BatchNotFoundError;
	readonly 'duplicate-batch': DuplicateBatchError;
	readonly 'process-not-found': ProcessNotFoundError;
	readonly 'bulk-not-found': BulkNotFoundError;
	readonly 'handler-already-registered': HandlerAlreadyRegisteredError;
	readonly 'invalid-operation': InvalidOperationError;
	readonly conflict: ConflictError;
	readonly 'not-authorized': NotAuthorizedError;
	readonly 'lease-lost': LeaseLostError;
	readonly 'wait-timed-out': WaitTimedOutError;
	readonly 'stale-process': StaleProcessError;
	readonly 'definition-invalid': DefinitionInvalidError;
	readonly 'schema-mismatch': SchemaMismatchError;
	readonly store: StoreError;
}

/** Every code of this library's own errors; `docs/reference/errors.md` has a section for each. Verdicts carry their author's codes. */
export type ErrorCode = keyof ErrorByCode;

/** True when `value` is an error of this library and, with `code`, that one. Works across copies of the package. */
export function isCommandBusError(value: unknown): value is CommandBusError;
export function isCommandBusError<Code extends ErrorCode>(value: unknown, code: Code): value is ErrorByCode[Code];
export function isCommandBusError(value: unknown, code?: ErrorCode): boolean {
	if (!isBranded(value)) return false;
	return code === undefined || (value.code === code && !isVerdict(value));
}

/** True when a handler threw this to say what is to become of its command. */
export function isVerdict(value: unknown): value is TransientCommandError | PermanentCommandError | BusinessRuleError {
	return isBranded(value) && 'verdict' in value;
}

function isBranded(value: unknown): value is CommandBusError {
	return typeof value === 'object' && value !== null && brand in value;
}
