/**
 * Third act: an operator works the whole Troubleshooting Queue off, over HTTP. Causes are removed, payloads put right, the rest retried,
 * completed or canceled; some one by one, some in bulk. What fails again is looked at again, until nothing is left.
 */
import type { JsonValue } from '@cb/core';
import { paymentsDomain } from '../payments/commands.ts';
import { sampleCustomers } from '../payments/sample-transfers.ts';
import type { Engine } from '../runtime/engine.ts';
import { setFrozen } from '../statements/set-frozen.ts';
import { doByHand } from './operator/by-hand.ts';
import { decide } from './operator/decide.ts';
import type { Decision } from './operator/decide.ts';
import { createQueueClient } from './operator/queue-client.ts';
import type { ParkedItem, QueueClient } from './operator/queue-client.ts';
import { authorization, frozenCount } from './settings.ts';
import type { Stage } from './stage.ts';
import { untilSettled } from './until-settled.ts';

type Tally = Record<Decision['kind'], number>;

/** More rounds than that are not needed unless something keeps failing. */
const maxRounds = 40;

export interface OperatorAct {
	/** False when the deadline came before the queue was empty. */
	readonly isSettled: boolean;
	readonly events: readonly string[];
}

export async function freezeSomeAccounts({ engine }: Stage, isFrozen: boolean): Promise<void> {
	for (const { accountId } of sampleCustomers(frozenCount)) await setFrozen(engine.database, accountId, isFrozen);
}

export async function playOperator(stage: Stage, deadline: AbortSignal): Promise<OperatorAct> {
	const client = createQueueClient({ url: stage.url, authorization, signal: deadline });
	const tally: Tally = { amend: 0, retry: 0, complete: 0, cancel: 0, 'bulk-retry': 0, 'bulk-cancel': 0 };
	await freezeSomeAccounts(stage, false);
	for (let round = 1; round <= maxRounds && !deadline.aborted; round++) {
		const items = await client.items();
		if (items.length === 0) return { isSettled: true, events: [eventOf(tally, round - 1)] };
		stage.say(`The operator looks at ${String(items.length)} parked commands.`);
		await workOff({ client, engine: stage.engine, tally }, items);
		const isSettled = await untilSettled({
			database: stage.engine.database,
			signal: deadline,
			isAllSent: () => true,
			tell: () => undefined,
		});
		if (!isSettled) break;
	}
	return { isSettled: false, events: [eventOf(tally, maxRounds)] };
}

interface Desk {
	readonly client: QueueClient;
	readonly engine: Engine;
	readonly tally: Tally;
}

async function workOff(desk: Desk, items: readonly ParkedItem[]): Promise<void> {
	const { client, tally } = desk;
	const decided = items.map((item) => ({ item, decision: decide(item) }));
	for (const { item, decision } of decided) {
		if (await actAlone(desk, item, decision)) tally[decision.kind]++;
	}
	for (const { commandType } of kindsOf(decided, 'bulk-cancel')) {
		const filter = { domain: 'payments', commandType, errorCode: 'SIMULATED_PERMANENT' };
		tally['bulk-cancel'] += await client.bulk(filter, { action: 'cancel', reason: 'The payee closed the account.' });
	}
	for (const { commandType, lastErrorCode } of kindsOf(decided, 'bulk-retry')) {
		const filter = { domain: 'payments', commandType, errorCode: lastErrorCode };
		tally['bulk-retry'] += await client.bulk(filter, { action: 'retry', reason: 'The cause is gone.' });
	}
}

/** False when the item is one for a bulk. */
async function actAlone({ client, engine }: Desk, item: ParkedItem, decision: Decision): Promise<boolean> {
	switch (decision.kind) {
		case 'amend': {
			const patch = [{ op: 'replace', path: '/accountId', value: decision.accountId }];
			await client.act(item, 'amend', { patch, reason: 'The account was misspelt.' });
			return true;
		}
		case 'retry':
			await client.act(item, 'retry', { reason: 'Let us see.' });
			return true;
		case 'complete':
			await client.act(item, 'complete', { result: await resultOf(engine, item), reason: 'Done by hand.' });
			return true;
		case 'cancel':
			await client.act(item, 'cancel', { reason: 'The customer withdrew it.' });
			return true;
		case 'bulk-retry':
		case 'bulk-cancel':
			return false;
	}
}

/** A transfer is settled outside; a step of a process is done by hand, so that the process can go on. */
async function resultOf(engine: Engine, item: ParkedItem): Promise<JsonValue> {
	return item.domain === paymentsDomain ? { bookingId: 'by hand' } : doByHand(engine, item);
}

/** One item of each command type and error code among those with this decision. */
function kindsOf(
	decided: readonly { readonly item: ParkedItem; readonly decision: Decision }[],
	kind: Decision['kind'],
): readonly ParkedItem[] {
	const matching = decided.filter(({ decision }) => decision.kind === kind).map(({ item }) => item);
	return [...new Map(matching.map((item) => [`${item.commandType} ${item.lastErrorCode}`, item])).values()];
}

function eventOf(tally: Tally, rounds: number): string {
	const one = tally.retry + tally.amend + tally.complete + tally.cancel;
	const many = tally['bulk-retry'] + tally['bulk-cancel'];
	return (
		`the operator worked off ${String(one + many)} parked commands in ${String(rounds)} rounds: ` +
		`${String(tally.retry)} retried, ${String(tally.amend)} amended, ${String(tally.complete)} completed and ${String(tally.cancel)} canceled one by one; ` +
		`${String(tally['bulk-retry'])} retried and ${String(tally['bulk-cancel'])} canceled in bulk`
	);
}
