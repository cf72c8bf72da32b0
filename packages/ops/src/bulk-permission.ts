/** Who may do what with a bulk, and whether its act fits what it would hit. Asked at the preview and again at the start. */
import type { BulkAction, BulkRecord, Operator, TroubleshootingItem } from '@cb/core';
import type { AuthorizedItem, OperatorIntent } from './authorization.ts';
import type { QueueContext } from './queue-context.ts';

/** Commands that are one thing to the authorize hook and to the definitions. */
interface BulkGroup {
	readonly domain: string;
	readonly commandType: string;
	readonly fingerprint: string;
	readonly errorCode: string;
}

/**
 * Throws `NotAuthorizedError` unless the operator may do this to every group, and `PayloadInvalidError` where the result of a complete does
 * not match a command's schema.
 */
export async function checkGroups<Tx>(
	{ gate, payloads }: QueueContext<Tx>,
	groups: readonly BulkGroup[],
	{ operator, action }: { readonly operator: Operator | undefined; readonly action: BulkAction },
): Promise<void> {
	const kinds = new Map<string, BulkGroup>();
	for (const group of groups) {
		kinds.set(`${group.domain}/${group.commandType}`, group);
		for (const intent of intentsOf(action)) await gate.check(operator, intent, itemOf(group));
	}
	if (action.action !== 'complete') return;
	for (const kind of kinds.values()) await payloads.result(kind, action.result ?? null);
}

/** Throws `NotAuthorizedError` unless the operator may preview or start such a bulk at all. */
export async function checkBulk<Tx>(
	{ gate }: QueueContext<Tx>,
	operator: Operator | undefined,
	{ action, about }: { readonly action: BulkAction; readonly about: AuthorizedItem },
): Promise<void> {
	await gate.check(operator, 'bulk', about);
	if (action.action === 'cancel') await gate.check(operator, 'bulk-cancel', about);
}

/** What a bulk is about, in the words of an item. */
export function aboutBulk(bulk: BulkRecord): AuthorizedItem {
	const { domain, commandType } = bulk.filter;
	return {
		bulk,
		...(domain === undefined ? {} : { domain }),
		...(commandType === undefined ? {} : { commandType }),
	};
}

function intentsOf({ action, suppressReply }: BulkAction): readonly OperatorIntent[] {
	return suppressReply === true ? [action, 'suppress-reply'] : [action];
}

function itemOf({ domain, commandType, fingerprint, errorCode }: BulkGroup): Partial<TroubleshootingItem> {
	return { domain, commandType, fingerprint, lastErrorCode: errorCode };
}
