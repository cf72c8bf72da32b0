/** The looking side: nothing here changes or locks anything. */
import { CommandNotFoundError, parseArgument } from '@cb/core';
import type {
	CommandAddress,
	Operator,
	Page,
	TroubleshootingFilter,
	TroubleshootingGroup,
	TroubleshootingItem,
} from '@cb/core';
import { parseAddress, parseFilter, parseItemQuery } from './item-filter.ts';
import type { ItemQuery } from './item-filter.ts';
import { ActingOperatorSchema } from './operator.ts';
import type { ActingOperator } from './operator.ts';
import type { QueueContext } from './queue-context.ts';
import type { CommandDetails } from './redacted-view.ts';

/**
 * Every look throws `InvalidArgumentError` (unknown filter field, limit out of range, malformed cursor), `NotAuthorizedError` or `StoreError`.
 * What the `redact` hook masks for the operator is masked.
 */
export interface Looks {
	/** Newest parked first. Page by `cursor`: nothing that stays parked is missed or shown twice. A domain that does not exist has none. */
	list(query?: ItemQuery, by?: ActingOperator): Promise<Page<TroubleshootingItem>>;
	/** How many `list` would show in all. */
	count(filter?: TroubleshootingFilter, by?: ActingOperator): Promise<number>;
	/** Problems: parked commands by domain, type and error fingerprint, the newest problem first. */
	groups(filter?: TroubleshootingFilter, by?: ActingOperator): Promise<readonly TroubleshootingGroup[]>;
	/** One command, parked or not, with its audit trail and every payload that is still there. Throws `CommandNotFoundError`. */
	get(address: CommandAddress, by?: ActingOperator): Promise<CommandDetails>;
	/** Domains with at least one parked command, sorted. */
	domains(by?: ActingOperator): Promise<readonly string[]>;
}

export function createLooks<Tx>({ backend, gate, viewFor }: QueueContext<Tx>): Looks {
	const { troubleshooting, queries } = backend;
	return {
		async list(query = {}, by = {}) {
			const { filter, page } = parseItemQuery(query);
			const operator = parseBy(by);
			await gate.check(operator, 'look', subjectOf(filter));
			const { items, nextCursor } = await troubleshooting.list(filter, page);
			const view = viewFor(operator);
			const shown = await Promise.all(items.map((item) => view.item(item)));
			return { items: shown, ...(nextCursor === undefined ? {} : { nextCursor }) };
		},
		async count(filter = {}, by = {}) {
			const parsed = parseFilter(filter);
			await gate.check(parseBy(by), 'look', subjectOf(parsed));
			return troubleshooting.count(parsed);
		},
		async groups(filter = {}, by = {}) {
			const parsed = parseFilter(filter);
			await gate.check(parseBy(by), 'look', subjectOf(parsed));
			return troubleshooting.groups(parsed);
		},
		async get(address, by = {}) {
			const parsed = parseAddress(address);
			const operator = parseBy(by);
			const item = await troubleshooting.get(parsed);
			await gate.check(operator, 'look', item ?? parsed);
			const [[command], history, generations] = await Promise.all([
				queries.getMany([parsed]),
				queries.history(parsed),
				troubleshooting.generations(parsed),
			]);
			if (command === undefined) throw new CommandNotFoundError(parsed.domain, parsed.commandId);
			return viewFor(operator).details({ item, command, history, generations });
		},
		async domains(by = {}) {
			await gate.check(parseBy(by), 'look', {});
			return troubleshooting.domains();
		},
	};
}

export function parseBy(by: ActingOperator): Operator | undefined {
	return parseArgument(ActingOperatorSchema, by, 'Who acts').operator;
}

/** What a filter says about the items it shows, in the words of an item. */
export function subjectOf({
	domain,
	commandType,
	errorCode,
	fingerprint,
}: TroubleshootingFilter): Partial<TroubleshootingItem> {
	return {
		...(domain === undefined ? {} : { domain }),
		...(commandType === undefined ? {} : { commandType }),
		...(errorCode === undefined ? {} : { lastErrorCode: errorCode }),
		...(fingerprint === undefined ? {} : { fingerprint }),
	};
}
