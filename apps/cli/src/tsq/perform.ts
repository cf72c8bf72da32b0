/** The act on one command, whichever it is, and how its outcome reads. */
import type { BulkAction, CommandAddress, Operator } from '@cb/core';
import type { ActResult, TroubleshootingQueue } from '@cb/ops';
import type { ActFlags } from '../flags/act.ts';
import { commandStatusText } from '../view/status.ts';

export interface Act {
	readonly action: BulkAction;
	readonly operator: Operator;
	readonly flags: ActFlags;
}

export const participles = { retry: 'retried', cancel: 'canceled', complete: 'completed' } as const;

interface Subject extends CommandAddress {
	readonly expectedVersion?: number | undefined;
	readonly requestId?: string | undefined;
}

/** Throws what `@cb/ops` throws; then nothing changed. */
export async function perform(
	tsq: TroubleshootingQueue,
	{ action, operator }: Act,
	subject: Subject,
): Promise<ActResult> {
	const request = { ...subject, operator };
	const { reason, keepAttempts, suppressReply, result } = action;
	switch (action.action) {
		case 'retry':
			return tsq.retry({ ...request, reason, keepAttempts });
		case 'cancel':
			return tsq.cancel({ ...request, reason: reason ?? '', suppressReply });
		case 'complete':
			return tsq.complete({ ...request, reason, result, suppressReply });
	}
}

export function actText(result: ActResult, participle: string): string {
	const { domain, commandId, status, generation, isRepeated } = result;
	const done = `${capitalised(participle)} ${domain} ${commandId}: it is ${commandStatusText(status)}`;
	const which = generation > 1 ? `, generation ${String(generation)}` : '';
	return `${done}${which}.${isRepeated ? ' (This request was carried out before; nothing changed now.)' : ''}`;
}

export function capitalised(word: string): string {
	return `${word.charAt(0).toUpperCase()}${word.slice(1)}`;
}
