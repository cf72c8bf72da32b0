import { z } from 'zod';
import { DomainSchema, IdSchema } from '../model/ids.ts';
import type { CommandAddress } from '../model/ids.ts';
import { parseArgument } from '../parse-input.ts';
import type { BatchAddress } from '../ports/batch-store.ts';

/** Throws `InvalidArgumentError`. Takes a receipt or a record, too. Ids come back in lower case, as they are stored. */
export function parseCommandAddress(address: CommandAddress): CommandAddress {
	return parseArgument(CommandAddressSchema, address, 'The address of a command');
}

/** Throws `InvalidArgumentError`. */
export function parseBatchAddress(address: BatchAddress): BatchAddress {
	return parseArgument(BatchAddressSchema, address, 'The address of a batch');
}

const CommandAddressSchema = z.object({ domain: DomainSchema, commandId: IdSchema });
const BatchAddressSchema = z.object({ domain: DomainSchema, batchId: IdSchema });
