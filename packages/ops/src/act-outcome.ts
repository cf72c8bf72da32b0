/** What came of an act: a result, or the error that names what stood in the way. */
import { CommandNotFoundError, ConflictError, InvalidOperationError, ReplyQueueNotFoundError } from '@cb/core';
import type { ActOutcome, CommandAddress, CommandBusError, CommandStatus, OperatorAct, OperatorAction } from '@cb/core';

/** The command after the act. */
export interface ActResult extends CommandAddress {
	readonly status: CommandStatus;
	readonly version: number;
	readonly generation: number;
	/** Of the message that a retry sent; null for the other acts. */
	readonly messageId: string | null;
	/** True when `requestId` was seen before: this is the first result, and nothing changed now. */
	readonly isRepeated: boolean;
}

type Refusal = Exclude<ActOutcome, { readonly kind: 'done' }>;

/** The error of an act that changed nothing. */
export function refusalOfAct(address: CommandAddress, action: OperatorAction, refusal: Refusal): CommandBusError {
	const attempted = `Command ${address.commandId} of domain "${address.domain}" cannot be ${participles[action]}`;
	switch (refusal.kind) {
		case 'not-found':
			return new CommandNotFoundError(address.domain, address.commandId);
		case 'not-parked':
			return new InvalidOperationError(
				`${attempted}: it is ${refusal.status}${actText(refusal.lastAct)}, and only a parked command can be. Nothing was changed.`,
				refusal.status,
				refusal.lastAct,
			);
		case 'version-conflict':
			return new ConflictError(
				`${attempted}: it has changed since you looked, is now ${refusal.status} at version ` +
					`${String(refusal.version)}${actText(refusal.lastAct)}. Nothing was changed; look again and decide anew.`,
				refusal.status,
				refusal.lastAct,
			);
		case 'payload-missing':
			return payloadMissing(address);
		case 'reply-queue-not-found':
			return new ReplyQueueNotFoundError(
				refusal.replyTo,
				`${attempted}, nothing was changed (to resolve it without a reply, pass suppressReply)`,
			);
	}
}

export function payloadMissing({ domain, commandId }: CommandAddress): InvalidOperationError {
	return new InvalidOperationError(
		`Command ${commandId} of domain "${domain}" cannot be retried: its archived payload is missing. Nothing was changed; ` +
			`cancel or complete it instead.`,
		'IN_TROUBLESHOOTING_QUEUE',
	);
}

/** Who did what and when, to be put after a status; empty when nobody acted yet. */
function actText(act: OperatorAct | undefined): string {
	if (act === undefined) return '';
	const because = act.reason === null ? '' : ` (${act.reason})`;
	return `, ${participles[act.action]} by ${act.operator.id} at ${act.at.toISOString()}${because}`;
}

const participles = { retry: 'retried', cancel: 'canceled', complete: 'completed' } as const;
