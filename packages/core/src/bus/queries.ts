/** The looking side of the bus: arguments are checked, then the store answers. */
import { z } from 'zod';
import { batchStatuses } from '../model/batch.ts';
import { commandStatuses } from '../model/command-status.ts';
import { CommandTypeSchema, DomainSchema, IdSchema } from '../model/ids.ts';
import { maxPageLimit } from '../model/page.ts';
import type { PageRequest } from '../model/page.ts';
import { TimeSchema } from '../model/time.ts';
import { parseArgument } from '../parse-input.ts';
import type { Backend } from '../ports/backend.ts';
import { parseBatchAddress, parseCommandAddress } from './addresses.ts';
import type { CommandBus } from './command-bus.ts';

type QueryMethod = 'get' | 'getMany' | 'list' | 'history' | 'getBatch' | 'listBatches' | 'batchMembers';

export function createQueries<Tx>({ queries, batches }: Backend<Tx>): Pick<CommandBus<Tx>, QueryMethod> {
	return {
		async get(address) {
			const [record] = await queries.getMany([parseCommandAddress(address)]);
			return record;
		},
		getMany: async (addresses) => queries.getMany(addresses.map(parseCommandAddress)),
		list: async (filter = {}, page = {}) =>
			queries.list(parseArgument(CommandFilterSchema, filter, 'The filter'), parsePage(page)),
		history: async (address) => queries.history(parseCommandAddress(address)),
		getBatch: async (address) => batches.get(parseBatchAddress(address)),
		listBatches: async (filter = {}, page = {}) =>
			batches.list(parseArgument(BatchFilterSchema, filter, 'The filter'), parsePage(page)),
		batchMembers: async (address, page = {}) => batches.members(parseBatchAddress(address), parsePage(page)),
	};
}

const CommandFilterSchema = z.strictObject({
	status: z.enum(commandStatuses).optional(),
	domain: DomainSchema.optional(),
	commandType: CommandTypeSchema.optional(),
	batchId: IdSchema.optional(),
	correlationId: IdSchema.optional(),
	createdFrom: TimeSchema.optional(),
	createdTo: TimeSchema.optional(),
});

const BatchFilterSchema = z.strictObject({
	domain: DomainSchema.optional(),
	status: z.enum(batchStatuses).optional(),
	createdFrom: TimeSchema.optional(),
	createdTo: TimeSchema.optional(),
});

const PageSchema = z
	.strictObject({
		limit: z.number().int().min(1).max(maxPageLimit).optional(),
		cursor: z.string().min(1).optional(),
		offset: z.number().int().min(0).optional(),
	})
	.refine(({ cursor, offset }) => cursor === undefined || offset === undefined, {
		message: 'say cursor or offset, not both',
	});

function parsePage(page: PageRequest): PageRequest {
	return parseArgument(PageSchema, page, 'The page');
}
