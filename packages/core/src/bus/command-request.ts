/** A command that is yet to be sent, with its definition: what `sendMany` and `createBatch` take, of any mix of types. */
import { z } from 'zod';
import { IdSchema, QueueNameSchema } from '../model/ids.ts';
import type { OnDuplicate } from '../model/command-record.ts';
import { MessageHeadersSchema } from '../model/message.ts';
import type { MessageHeaders } from '../model/message.ts';
import { RetryOptionsSchema } from '../model/retry-policy.ts';
import type { RetryOptions } from '../model/retry-policy.ts';
import type { CommandDefinition } from './define-command.ts';

export interface CommandOptions {
	/** A UUID of yours makes the send idempotent. @default a new UUID, version 7 */
	readonly commandId?: string | undefined;
	/** The same in row, message, audit and reply. @default a new UUID, version 7 */
	readonly correlationId?: string | undefined;
	/** The command or event that caused this one. */
	readonly causationId?: string | undefined;
	/** A queue that gets the reply. It must exist. @default no reply is sent */
	readonly replyTo?: string | undefined;
	/** Carried beside the payload. Keys that begin with `cb_` are reserved. */
	readonly headers?: MessageHeaders | undefined;
	/** Stored with the command; wins over handler, definition and worker. */
	readonly retry?: RetryOptions | undefined;
	/** Not before so many seconds from now, by the database's clock. Not together with `dueAt`. */
	readonly delaySeconds?: number | undefined;
	/** Not before this time. Not together with `delaySeconds`. */
	readonly dueAt?: Date | undefined;
	/** What a second send of the same id does. @default 'refuse' */
	readonly onDuplicate?: OnDuplicate | undefined;
	/** Whether `parked` and `resumed` notices go to `replyTo` as well. @default false */
	readonly wantsNotices?: boolean | undefined;
}

export interface CommandRequest {
	readonly definition: CommandDefinition;
	readonly data: unknown;
	readonly options: CommandOptions | undefined;
}

/** A request whose data the compiler has checked against its definition. Nothing is validated or sent yet. */
export function commandRequest<DataInput>(
	definition: CommandDefinition<DataInput>,
	data: NoInfer<DataInput>,
	options?: CommandOptions,
): CommandRequest {
	return { definition, data, options };
}

/** Longest delay, in seconds: a year. */
const maxDelaySeconds = 31_536_000;

/** Times that every store can read. */
const earliestDueAt = new Date(0);
const latestDueAt = new Date('9999-12-31T23:59:59.999Z');

export const CommandOptionsSchema = z
	.strictObject({
		commandId: IdSchema.optional(),
		correlationId: IdSchema.optional(),
		causationId: IdSchema.optional(),
		replyTo: QueueNameSchema.optional(),
		headers: MessageHeadersSchema.optional(),
		retry: RetryOptionsSchema.optional(),
		delaySeconds: z.number().min(0).max(maxDelaySeconds).optional(),
		dueAt: z.date().min(earliestDueAt).max(latestDueAt).optional(),
		onDuplicate: z.enum(['refuse', 'return-existing']).optional(),
		wantsNotices: z.boolean().optional(),
	})
	.refine((options) => options.delaySeconds === undefined || options.dueAt === undefined, {
		message: 'say delaySeconds or dueAt, not both',
	});
