/** Steps that work on files: no transaction covers them, so each may be done again with the same result. */
import { createHandlers } from '@cb/core';
import type { Handler, Handlers } from '@cb/core';
import type { Queryable } from '@cb/pg';
import { simulated } from '../failures/simulated-handler.ts';
import type { Simulation } from '../failures/simulated-handler.ts';
import { AggregateAccounts, DeleteRender, QueryLedger, RenderStatement } from './commands.ts';
import { aggregateAccounts, deleteRender, filesOfRender, queryLedger, renderStatement } from './report-work.ts';
import type { ReportDesk } from './report-work.ts';

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
				simulated(simulation, (command, { signal }) => renderStatement(desk, { ...command, signal })),
			),
		)
		.on(
			DeleteRender,
			simulated(simulation, (command, { signal }) => deleteRender(desk, { ...command, signal })),
		);
}

/**
 * An attempt that fails takes away what it or an earlier one has rendered: when an operator cancels the command, nothing is undone, because
 * nothing was done. Not when it is no longer wanted: then another attempt has the say.
 */
function withoutRemains<Data, Result>(
	{ files }: ReportDesk,
	handler: Handler<Data, Result, Queryable>,
): Handler<Data, Result, Queryable> {
	return async (command, context) => {
		try {
			return await handler(command, context);
		} catch (error) {
			if (!context.signal.aborted) await files.rendered.remove(filesOfRender(command.commandId));
			throw error;
		}
	};
}
