/** One act on several named commands: shown first, confirmed, then done to each at the version that was shown. */
import type { CommandAddress, TroubleshootingItem } from '@cb/core';
import type { ActResult, TroubleshootingQueue } from '@cb/ops';
import { confirmed } from '../confirm.ts';
import type { Context } from '../context.ts';
import { exitCodes } from '../exit-code.ts';
import { describeFailure } from '../failure.ts';
import type { Screen } from '../output.ts';
import type { Result } from '../result.ts';
import { counted } from '../view/count.ts';
import { statusPaint } from '../view/status.ts';
import { tableWithNotes } from '../view/table.ts';
import type { Column } from '../view/table.ts';
import { itemTable } from '../view/tsq.ts';
import { capitalised, participles, perform } from './perform.ts';
import type { Act } from './perform.ts';

export interface SeveralRequest {
	readonly tsq: TroubleshootingQueue;
	readonly act: Act;
	readonly addresses: readonly CommandAddress[];
}

/** The same words as the items of a bulk. */
interface ItemResult extends CommandAddress {
	readonly status: 'DONE' | 'SKIPPED' | 'FAILED' | 'WAITING';
	/** Why it was skipped or failed. */
	readonly explanation: string | null;
	readonly result?: ActResult;
}

export async function actOnSeveral(context: Context, { tsq, act, addresses }: SeveralRequest): Promise<Result> {
	const seen: Seen[] = [];
	for (const address of addresses) seen.push(await look(tsq, address));
	const items = seen.flatMap((each) => (each.item === undefined ? [] : [each.item]));
	await showPreview(context, { act, seen, items });
	if (items.length > 0) {
		await confirmed(
			context,
			act.flags,
			`${capitalised(act.action.action)} ${counted(items.length, 'parked command')}?`,
		);
	}
	const results: ItemResult[] = [];
	for (const each of seen) results.push(await settle(context, { tsq, act }, each));
	const done = results.filter(({ status }) => status === 'DONE').length;
	return {
		data: { doneCount: done, totalCount: results.length, items: results },
		text: async (screen) => {
			const summary = `${counted(done, 'command')} ${participles[act.action.action]}`;
			return done === results.length
				? `${summary}.`
				: `${await resultTable(screen, results)}\n${summary}, ${String(results.length - done)} not.`;
		},
		exitCode: done === results.length ? exitCodes.ok : exitCodes.notDone,
	};
}

/** What a command looked like when it was shown. */
interface Seen {
	readonly address: CommandAddress;
	readonly item: TroubleshootingItem | undefined;
	/** Why it cannot be acted on. */
	readonly explanation: string | undefined;
}

async function look(tsq: TroubleshootingQueue, address: CommandAddress): Promise<Seen> {
	const { isCommandBusError } = await import('@cb/core');
	try {
		const { item, command } = await tsq.get(address);
		return { address, item, explanation: item === undefined ? `not parked: it is ${command.status}` : undefined };
	} catch (error) {
		if (!isCommandBusError(error, 'command-not-found')) throw error;
		return { address, item: undefined, explanation: 'not found' };
	}
}

interface Preview {
	readonly act: Act;
	readonly seen: readonly Seen[];
	readonly items: readonly TroubleshootingItem[];
}

async function showPreview({ output }: Context, { act, seen, items }: Preview): Promise<void> {
	if (output.isJson && act.flags.yes === true) return;
	if (items.length > 0) output.note(await itemTable(output.screen(), items, {}));
	for (const { address, explanation } of seen) {
		if (explanation !== undefined)
			output.note(`${address.domain} ${address.commandId} ${explanation}; it is left alone.`);
	}
}

async function settle(
	{ signal }: Context,
	{ tsq, act }: Pick<SeveralRequest, 'tsq' | 'act'>,
	{ address, item, explanation = '' }: Seen,
): Promise<ItemResult> {
	if (item === undefined) return { ...address, status: 'SKIPPED', explanation };
	if (signal.aborted) return { ...address, status: 'WAITING', explanation: 'interrupted before its turn' };
	try {
		const result = await perform(tsq, act, { ...address, expectedVersion: item.version });
		return { ...address, status: 'DONE', explanation: null, result };
	} catch (error) {
		const { code, message } = await describeFailure(error);
		return { ...address, status: changedMeanwhile.has(code) ? 'SKIPPED' : 'FAILED', explanation: message };
	}
}

const changedMeanwhile = new Set(['conflict', 'invalid-operation', 'command-not-found']);

function resultTable(screen: Screen, results: readonly ItemResult[]): Promise<string> {
	const columns: readonly Column<ItemResult>[] = [
		{
			heading: 'RESULT',
			cell: ({ status }) => status,
			paint: (text, { status }) => statusPaint(screen, status)(text),
		},
		{ heading: 'COMMAND', cell: ({ commandId }) => commandId },
	];
	return tableWithNotes(screen, { columns, noteOf: ({ explanation }) => explanation }, results);
}
