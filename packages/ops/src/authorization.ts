/** Asking the application whether an operator may. The queue itself knows no users. */
import { InvalidArgumentError, NotAuthorizedError, emit } from '@cb/core';
import type { BulkRecord, Operator, Telemetry, TroubleshootingItem } from '@cb/core';

/**
 * What an operator wants to do. `suppress-reply` is asked in addition to `cancel` or `complete` when the sender is to get no reply.
 * `bulk` is asked for everything about bulks, and `bulk-cancel` in addition where a bulk cancels commands or a started bulk is
 * stopped for good.
 */
export const operatorIntents = [
	'look',
	'retry',
	'amend',
	'cancel',
	'complete',
	'suppress-reply',
	'bulk',
	'bulk-cancel',
] as const;

export type OperatorIntent = (typeof operatorIntents)[number];

/**
 * What it is about. Every field for an act on a parked command; domain and id alone for one that is not parked (any more); the fields
 * of the filter for lists; for a bulk one question per group of its items. A field that is absent means "any".
 */
export type AuthorizedItem = Partial<TroubleshootingItem> & { readonly bulk?: BulkRecord | undefined };

/** Anything but `true` denies. What it throws is thrown on; nothing has changed then either. */
export type Authorize = (
	operator: Operator,
	intent: OperatorIntent,
	item: AuthorizedItem,
) => boolean | Promise<boolean>;

export interface Gate {
	readonly isGuarded: boolean;
	/** Throws `NotAuthorizedError`, or `InvalidArgumentError` when there is a hook and nobody to ask it about. */
	check(operator: Operator | undefined, intent: OperatorIntent, item: AuthorizedItem): Promise<void>;
}

export function createGate(authorize: Authorize | undefined, telemetry: Telemetry | undefined): Gate {
	if (authorize === undefined) return { isGuarded: false, check: () => Promise.resolve() };
	return {
		isGuarded: true,
		async check(operator, intent, item) {
			if (operator === undefined) throw operatorMissing(intent);
			if (await authorize(operator, intent, item)) return;
			const { domain, commandId } = item;
			emit(telemetry, {
				kind: 'operator-denied',
				action: intent,
				operatorId: operator.id,
				...(domain === undefined ? {} : { domain }),
				...(commandId === undefined ? {} : { commandId }),
			});
			throw new NotAuthorizedError(
				`Operator "${operator.id}" may not ${intent}${aboutText(item)}; nothing was changed.`,
			);
		},
	};
}

function operatorMissing(intent: OperatorIntent): InvalidArgumentError {
	return new InvalidArgumentError(
		`Who wants to ${intent}? This queue has an authorize hook, so every call names its operator.`,
		[{ path: '$.operator', message: 'an operator is required' }],
	);
}

function aboutText({ domain, commandId, bulk }: AuthorizedItem): string {
	if (commandId !== undefined) return ` command ${commandId} of domain "${domain ?? ''}"`;
	if (bulk !== undefined) return ` bulk ${bulk.bulkId}`;
	return domain === undefined ? '' : ` domain "${domain}"`;
}
