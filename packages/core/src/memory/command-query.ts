/** The read side of commands. */
import type { CommandRecord } from '../model/command-record.ts';
import type { CommandFilter, CommandQuery } from '../ports/command-query.ts';
import { keyOf, liveMessage, heldReceipt, recordOf } from './command-rows.ts';
import { pageOf } from './paging.ts';
import type { Order } from './paging.ts';
import type { MemoryState, Step } from './state.ts';

const newestFirst: Order<CommandRecord> = {
	shape: ['number', 'string', 'string'],
	keyOf: (command) => [command.createdAt.getTime(), command.domain, command.commandId],
	direction: 'newest-first',
};

export function createCommandQuery(state: MemoryState): CommandQuery {
	return {
		getMany: (addresses) =>
			state.step((step) =>
				addresses.map(({ domain, commandId }) => {
					const row = step.in('commands', domain).get(commandId);
					return row === undefined ? undefined : recordOf(step, row);
				}),
			),
		list: (filter, page) =>
			state.step((step) =>
				pageOf(
					allCommands(step, filter.domain).filter((command) => matches(filter, command)),
					newestFirst,
					page,
				),
			),
		history: ({ domain, commandId }) =>
			state.step((step) => {
				const written = [...step.in('audit', keyOf(domain, commandId)).all()];
				const row = step.in('commands', domain).get(commandId);
				const receipt = row?.status === 'PENDING' ? liveMessage(step, row)?.receipt : undefined;
				return row !== undefined && receipt ? [...written, heldReceipt(row, receipt)] : written;
			}),
	};
}

function allCommands(step: Step, domain: string | undefined): readonly CommandRecord[] {
	const domains = domain === undefined ? [...step.in('domains').all()].map((record) => record.domain) : [domain];
	return domains.flatMap((name) => [...step.in('commands', name).all()].map((row) => recordOf(step, row)));
}

function matches(filter: CommandFilter, command: CommandRecord): boolean {
	return (
		isOrAbsent(filter.status, command.status) &&
		isOrAbsent(filter.commandType, command.commandType) &&
		isOrAbsent(filter.batchId, command.batchId) &&
		isOrAbsent(filter.correlationId, command.correlationId) &&
		isWithin(command.createdAt, filter.createdFrom, filter.createdTo)
	);
}

/** A filter's field matches when it is absent. */
export function isOrAbsent<Value>(wanted: Value | undefined, actual: Value | null): boolean {
	return wanted === undefined || wanted === actual;
}

/** Inclusive bounds, each optional. */
export function isWithin(at: Date, from: Date | undefined, to: Date | undefined): boolean {
	return (from === undefined || at >= from) && (to === undefined || at <= to);
}
