/** What a sensible operator does with a parked command. Pure: the same item gets the same decision. */
import { seededRandom } from '../../failures/attempt-random.ts';
import { paymentsDomain } from '../../payments/commands.ts';
import { processDefinitions } from '../../processes/catalogue.ts';
import { misspelling } from '../settings.ts';
import type { ParkedItem } from './queue-client.ts';

export type Decision =
	/** The payload is wrong and can be put right. */
	| { readonly kind: 'amend'; readonly accountId: string }
	/** Sent again one by one: the operator wants to see what becomes of it. */
	| { readonly kind: 'retry' }
	| { readonly kind: 'complete' }
	| { readonly kind: 'cancel' }
	/** Sent again with all of its kind: the cause is gone. */
	| { readonly kind: 'bulk-retry' }
	/** Ended with all of its kind: nobody wants it any more. */
	| { readonly kind: 'bulk-cancel' };

export function decide(item: ParkedItem): Decision {
	if (item.domain !== paymentsDomain) return thirdOfStep(item);
	switch (item.lastErrorCode) {
		case 'ACCOUNT_UNKNOWN':
			return { kind: 'amend', accountId: accountIdOf(item).replace(new RegExp(`${misspelling}$`), '') };
		case 'SIMULATED_PERMANENT':
			return thirdOf(item);
		default:
			return { kind: 'bulk-retry' };
	}
}

/** A third is retried, a third is completed by hand, a third is canceled; canceled credits go together. */
function thirdOf(item: ParkedItem): Decision {
	const third = throwOf(item);
	if (third === 0) return { kind: 'retry' };
	if (third === 1) return { kind: 'complete' };
	return { kind: item.commandType === 'CreditAccount' ? 'bulk-cancel' : 'cancel' };
}

/** Of the steps of processes likewise; but an undo is never given up. */
function thirdOfStep(item: ParkedItem): Decision {
	const third = throwOf(item);
	if (third === 0) return { kind: 'retry' };
	return { kind: third === 1 || undoTypes.includes(item.commandType) ? 'complete' : 'cancel' };
}

const undoTypes = processDefinitions.flatMap(({ steps }) =>
	steps.filter(({ kind }) => kind === 'undo').map(({ command }) => command.type),
);

/** 0, 1 or 2. */
function throwOf({ commandId, generation }: ParkedItem): number {
	return Math.floor(seededRandom(`${commandId} ${String(generation)}`)() * 3);
}

function accountIdOf({ payload }: ParkedItem): string {
	const isObject = typeof payload === 'object' && payload !== null && !Array.isArray(payload);
	const accountId = isObject ? payload['accountId'] : undefined;
	return typeof accountId === 'string' ? accountId : '';
}
