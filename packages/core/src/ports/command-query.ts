/** The read side of commands. Nothing here changes or locks anything. */
import type { AuditEvent } from '../model/audit-event.ts';
import type { CommandAddress } from '../model/ids.ts';
import type { CommandRecord } from '../model/command-record.ts';
import type { CommandStatus } from '../model/command-status.ts';
import type { Page, PageRequest } from '../model/page.ts';

/** Every field is optional; those given must all match. */
export interface CommandFilter {
	readonly status?: CommandStatus | undefined;
	readonly domain?: string | undefined;
	readonly commandType?: string | undefined;
	readonly batchId?: string | undefined;
	readonly correlationId?: string | undefined;
	/** Inclusive bounds. */
	readonly createdFrom?: Date | undefined;
	readonly createdTo?: Date | undefined;
}

export interface CommandQuery {
	/** In the order of the request, `undefined` for each that does not exist. */
	getMany(addresses: readonly CommandAddress[]): Promise<readonly (CommandRecord | undefined)[]>;
	/** Newest first, ties by id; paging by cursor neither misses nor repeats a command that stays. */
	list(filter: CommandFilter, page: PageRequest): Promise<Page<CommandRecord>>;
	/** In order of writing; a receipt still held by its lease comes last. Empty for an unknown command. */
	history(address: CommandAddress): Promise<readonly AuditEvent[]>;
}
