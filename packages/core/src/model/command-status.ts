/**
 * The life of a command as data: every legal move, with what it does to the message, what it writes to the audit and what it
 * replies. No other move exists. Adapters enforce the table with conditional updates, the conformance suites check it.
 */
import type { AuditEventType } from './audit-event.ts';

export const commandStatuses = [
	'PENDING',
	'IN_PROGRESS',
	'COMPLETED',
	'FAILED',
	'CANCELED',
	'IN_TROUBLESHOOTING_QUEUE',
] as const;

export type CommandStatus = (typeof commandStatuses)[number];

export type CommandEvent =
	| 'send'
	| 'receive'
	| 'complete'
	| 'retry-later'
	| 'park-exhausted'
	| 'park-permanent'
	| 'fail'
	| 'redeliver'
	| 'park-exhausted-by-redelivery'
	| 'operator-retry'
	| 'operator-cancel'
	| 'operator-complete'
	| 'sender-cancel';

/** What a move does to the message that carries the command. */
export type MessageEffect = 'sent' | 'leased' | 'deleted' | 'delayed' | 'archived' | 'stays-archived';

export interface CommandTransition {
	readonly from: CommandStatus | undefined;
	readonly event: CommandEvent;
	readonly to: CommandStatus;
	readonly message: MessageEffect;
	readonly audit: readonly AuditEventType[];
	readonly reply: 'SUCCESS' | 'FAILED' | 'CANCELED' | undefined;
}

const toTroubleshooting = {
	from: 'IN_PROGRESS',
	to: 'IN_TROUBLESHOOTING_QUEUE',
	message: 'archived',
	reply: undefined,
} as const;

export const commandTransitions: readonly CommandTransition[] = [
	{ from: undefined, event: 'send', to: 'PENDING', message: 'sent', audit: ['SENT'], reply: undefined },
	{ from: 'PENDING', event: 'receive', to: 'IN_PROGRESS', message: 'leased', audit: ['RECEIVED'], reply: undefined },
	{
		from: 'IN_PROGRESS',
		event: 'complete',
		to: 'COMPLETED',
		message: 'deleted',
		audit: ['COMPLETED'],
		reply: 'SUCCESS',
	},
	{ from: 'IN_PROGRESS', event: 'retry-later', to: 'PENDING', message: 'delayed', audit: ['FAILED'], reply: undefined },
	{ ...toTroubleshooting, event: 'park-exhausted', audit: ['FAILED', 'MOVED_TO_TROUBLESHOOTING_QUEUE'] },
	{ ...toTroubleshooting, event: 'park-permanent', audit: ['FAILED', 'MOVED_TO_TROUBLESHOOTING_QUEUE'] },
	{ ...toTroubleshooting, event: 'park-exhausted-by-redelivery', audit: ['MOVED_TO_TROUBLESHOOTING_QUEUE'] },
	{
		from: 'IN_PROGRESS',
		event: 'fail',
		to: 'FAILED',
		message: 'archived',
		audit: ['BUSINESS_RULE_FAILED'],
		reply: 'FAILED',
	},
	{
		from: 'IN_PROGRESS',
		event: 'redeliver',
		to: 'IN_PROGRESS',
		message: 'leased',
		audit: ['RECEIVED'],
		reply: undefined,
	},
	{
		from: 'IN_TROUBLESHOOTING_QUEUE',
		event: 'operator-retry',
		to: 'PENDING',
		message: 'sent',
		audit: ['OPERATOR_RETRY'],
		reply: undefined,
	},
	{
		from: 'IN_TROUBLESHOOTING_QUEUE',
		event: 'operator-cancel',
		to: 'CANCELED',
		message: 'stays-archived',
		audit: ['OPERATOR_CANCEL'],
		reply: 'CANCELED',
	},
	{
		from: 'IN_TROUBLESHOOTING_QUEUE',
		event: 'operator-complete',
		to: 'COMPLETED',
		message: 'stays-archived',
		audit: ['OPERATOR_COMPLETE'],
		reply: 'SUCCESS',
	},
	{
		from: 'PENDING',
		event: 'sender-cancel',
		to: 'CANCELED',
		message: 'archived',
		audit: ['CANCELED'],
		reply: 'CANCELED',
	},
];

export const terminalStatuses = ['COMPLETED', 'FAILED', 'CANCELED'] as const satisfies readonly CommandStatus[];

export type TerminalStatus = (typeof terminalStatuses)[number];

/** True when nothing will ever move this command again. */
export function isTerminal(status: CommandStatus): status is TerminalStatus {
	return terminalStatuses.some((terminal) => terminal === status);
}

/** Every event that may take a command from one status to another; empty when the move does not exist. */
export function eventsBetween(from: CommandStatus | undefined, to: CommandStatus): readonly CommandEvent[] {
	return commandTransitions.filter((move) => move.from === from && move.to === to).map((move) => move.event);
}
