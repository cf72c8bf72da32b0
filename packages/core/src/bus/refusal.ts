/** What the store said about one command, as its sender hears it. */
import { DomainNotFoundError, DuplicateCommandError, ReplyQueueNotFoundError, StoreError } from '../errors.ts';
import type { CommandBusError } from '../errors.ts';
import type { NewCommand } from '../model/command-record.ts';
import type { AcceptOutcome } from '../ports/command-store.ts';
import type { Receipt } from './receipt.ts';

/** Why this command was refused; `undefined` when it was stored, exists and may, or only its neighbours were refused. */
export function refusalOf(command: NewCommand, outcome: AcceptOutcome): CommandBusError | undefined {
	const { domain, commandId, onDuplicate } = command;
	switch (outcome.kind) {
		case 'duplicate':
			return onDuplicate === 'return-existing' ? undefined : new DuplicateCommandError(domain, commandId);
		case 'domain-not-found':
			return new DomainNotFoundError(domain);
		case 'reply-queue-not-found':
			return new ReplyQueueNotFoundError(outcome.replyTo, `Sending command ${commandId} to "${domain}"`);
		case 'accepted':
		case 'not-stored':
			return undefined;
	}
}

/** The receipt of a stored command. Throws its refusal otherwise. */
export function receiptOf(command: NewCommand, outcome: AcceptOutcome): Receipt {
	const { domain, commandId, correlationId } = command;
	if (outcome.kind === 'accepted') return { domain, commandId, correlationId, isDuplicate: false };
	const refusal = refusalOf(command, outcome);
	if (refusal !== undefined) throw refusal;
	if (outcome.kind === 'duplicate') {
		return { domain, commandId, correlationId: outcome.existing.correlationId, isDuplicate: true };
	}
	throw new StoreError(`The store did not say whether command ${commandId} of "${domain}" was stored.`, {
		reason: 'unknown',
		isRetryable: false,
	});
}
