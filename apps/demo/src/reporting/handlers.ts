/** Steps that work on files: no transaction covers them, so each may be done again with the same result. */
import { createHandlers } from '@cb/core';
import type { Handler, Handlers } from '@cb/core';
import type { Queryable } from '@cb/pg';
import { simulated } from '../failures/simulated-handler.ts';
import type { Simulation } from '../failures/simulated-handler.ts';
import { AggregateAccounts, DeleteRender, QueryLedger, RenderStatement } from './commands.ts';
import { aggregateAccounts, deleteRender, queryLedger, renderStatement } from './report-work.ts';
import type { ReportDesk } from './report-work.ts';
import { namesOf, namesOfEarlier } from './statement-name.ts';

export function createReportHandlers(simulation: Simulation, desk: ReportDesk): Handlers<Queryable> {
	return createHandlers<Queryable>()
		.on(
			QueryLedger,
			simulated(simulation, (command, { signal }) => queryLedger(desk, { ...command, signal })),
		)
		.on(
			AggregateAccounts,
			simulated(simulation, (command, { signal }) => aggregateAccounts(desk, { ...command, signal })),
		)
		.on(
			RenderStatement,
			withoutRemains(
				desk,
				simulated(simulation, (command, { signal, attempt }) => renderStatement(desk, { ...command, signal, attempt })),
			),
		)
		.on(
			DeleteRender,
			simulated(simulation, (command, { signal }) => deleteRender(desk, { ...command, signal })),
		);
}

/**
 * Only an attempt that counts leaves files: one that fails, or that is no longer wanted when it has come to its end, takes its own away, and
 * each takes away what earlier ones had no chance to. So a command that an operator cancels has left nothing, and nothing needs to be undone.
 */
function withoutRemains<Data, Result>(
	{ files: { rendered } }: ReportDesk,
	handler: Handler<Data, Result, Queryable>,
): Handler<Data, Result, Queryable> {
	return async (command, context) => {
		const render = { commandId: command.commandId, generation: command.generation, attempt: context.attempt };
		await rendered.remove(namesOfEarlier(await rendered.list(), render));
		try {
			const result = await handler(command, context);
			context.signal.throwIfAborted();
			return result;
		} catch (error) {
			await rendered.remove(namesOf(render));
			throw error;
		}
	};
}
