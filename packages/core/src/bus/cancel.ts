/** `cancel`: the sender takes a command back before any worker has received it. */
import { z } from 'zod';
import { CommandNotFoundError, InvalidOperationError, ReplyQueueNotFoundError } from '../errors.ts';
import { parseArgument } from '../parse-input.ts';
import type { Backend } from '../ports/backend.ts';
import { parseCommandAddress } from './addresses.ts';
import type { CommandBus } from './command-bus.ts';

export interface CancelOptions<Tx = unknown> {
	/** Stands in the audit and in the reply. */
	readonly reason?: string | undefined;
	/** A transaction of yours: the command is canceled if it commits, and not otherwise. */
	readonly tx?: Tx | undefined;
}

export function createCancel<Tx>(backend: Backend<Tx>): CommandBus<Tx>['cancel'] {
	return async (address, options = {}) => {
		const { domain, commandId } = parseCommandAddress(address);
		const reason = parseArgument(ReasonSchema, options.reason, 'The reason of a cancel');
		const outcome = await backend.commands.cancel({ domain, commandId }, reason, options.tx);
		const attempted = `Canceling command ${commandId} of "${domain}"`;
		switch (outcome.kind) {
			case 'canceled':
				return;
			case 'not-found':
				throw new CommandNotFoundError(domain, commandId);
			case 'reply-queue-not-found':
				throw new ReplyQueueNotFoundError(outcome.replyTo, attempted);
			case 'not-pending':
				throw new InvalidOperationError(
					`${attempted}: it is ${outcome.status}, only a PENDING command that no worker has received can be canceled.`,
					outcome.status,
				);
		}
	};
}

const ReasonSchema = z
	.string()
	.max(2_000)
	.refine((text) => text.isWellFormed() && !text.includes('\u0000'), 'contains text PostgreSQL cannot store')
	.optional();
