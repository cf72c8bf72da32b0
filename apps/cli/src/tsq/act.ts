/** One act on a target: at once on one command, after confirmation on several. */
import type { BulkAction, CommandAddress, Operator } from '@cb/core';
import type { ActResult, TroubleshootingQueue } from '@cb/ops';
import { requireConsent } from '../confirm.ts';
import type { Context } from '../context.ts';
import type { ActFlags } from '../flags/act.ts';
import type { Result } from '../result.ts';
import { commandStatusText } from '../view/status.ts';
import { actOnMatching } from './bulk.ts';
import { openTroubleshooting } from './open.ts';
import { actOnSeveral } from './several.ts';
import type { Target } from './target.ts';

export interface Act {
	readonly action: BulkAction;
	readonly operator: Operator;
	readonly flags: ActFlags;
}

export const participles = { retry: 'retried', cancel: 'canceled', complete: 'completed' } as const;

export async function actOn(context: Context, target: Target, act: Act): Promise<Result> {
	if (target.kind !== 'one') requireConsent(context, act.flags);
	const tsq = await openTroubleshooting(context);
	switch (target.kind) {
		case 'one':
			return actOnNamed(tsq, target.address, act);
		case 'several':
			return actOnSeveral(context, { tsq, act, addresses: target.addresses });
		case 'matching':
			return actOnMatching(context, { tsq, act, filter: target.filter });
	}
}

async function actOnNamed(tsq: TroubleshootingQueue, address: CommandAddress, act: Act): Promise<Result> {
	const { expectedVersion, requestId } = act.flags;
	const result = await perform(tsq, act, { ...address, expectedVersion, requestId });
	return { data: result, text: () => actText(result, participles[act.action.action]) };
}

export interface Subject extends CommandAddress {
	readonly expectedVersion?: number | undefined;
	readonly requestId?: string | undefined;
}

/** The act on one command. Throws what `@cb/ops` throws. */
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
	const done = `${participle.charAt(0).toUpperCase()}${participle.slice(1)} ${domain} ${commandId}: it is ${commandStatusText(status)}`;
	const which = generation > 1 ? `, generation ${String(generation)}` : '';
	return `${done}${which}.${isRepeated ? ' (This request was carried out before; nothing changed now.)' : ''}`;
}
