/** An operator who completes a step of a process does its work by hand first: the process goes on as if the handler had done it. */
import type { CommandDefinition, JsonValue } from '@cb/core';
import { MovementSchema, NotificationSchema, NotifyParties } from '../../orders/commands.ts';
import { move, movements, notify } from '../../orders/order-work.ts';
import { AggregateAccounts, DeleteRender, QueryLedger, RenderStatement } from '../../reporting/commands.ts';
import { AggregateDataSchema, DeleteDataSchema, QueryDataSchema, RenderDataSchema } from '../../reporting/commands.ts';
import { aggregateAccounts, deleteRender, queryLedger, renderStatement } from '../../reporting/report-work.ts';
import { openStatementFiles } from '../../reporting/statement-files.ts';
import type { Engine } from '../../runtime/engine.ts';
import { ScenarioError } from '../scenario-error.ts';
import type { ParkedItem } from './queue-client.ts';

const byHand = 1_000_000;
const wanted = new AbortController().signal;

/** Resolves with the result to complete the command with. */
export async function doByHand(engine: Engine, item: ParkedItem): Promise<JsonValue> {
	const { commandId, commandType } = item;
	const movement = movements.find(({ definition }) => definition.type === commandType);
	if (movement !== undefined) {
		const data = MovementSchema.parse(item.payload);
		return { ...(await engine.database.transaction((tx) => move(tx, movement, { commandId, data }))) };
	}
	if (isOf(NotifyParties, item)) {
		const data = NotificationSchema.parse(item.payload);
		return { ...(await engine.database.transaction((tx) => notify(tx, { commandId, data }))) };
	}
	return doReportStepByHand(engine, item);
}

async function doReportStepByHand(engine: Engine, item: ParkedItem): Promise<JsonValue> {
	const { payload, commandId, generation } = item;
	const desk = { files: openStatementFiles(engine.config.statementsDirectory), database: engine.database };
	// As the attempt after all others.
	const work = { commandId, generation, attempt: byHand, signal: wanted };
	if (isOf(QueryLedger, item))
		return { ...(await queryLedger(desk, { ...work, data: QueryDataSchema.parse(payload) })) };
	if (isOf(AggregateAccounts, item)) {
		const { totals } = await aggregateAccounts(desk, { ...work, data: AggregateDataSchema.parse(payload) });
		return { totals: totals.map((total) => ({ ...total })) };
	}
	if (isOf(RenderStatement, item)) {
		return { ...(await renderStatement(desk, { ...work, data: RenderDataSchema.parse(payload) })) };
	}
	if (isOf(DeleteRender, item))
		return { ...(await deleteRender(desk, { ...work, data: DeleteDataSchema.parse(payload) })) };
	throw new ScenarioError(`Nobody knows how to do ${item.commandType} by hand.`);
}

function isOf({ domain, type }: Pick<CommandDefinition, 'domain' | 'type'>, item: ParkedItem): boolean {
	return item.domain === domain && item.commandType === type;
}
