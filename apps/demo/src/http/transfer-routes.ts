/** Transfers over HTTP: place one, look at one with the commands behind it, list them. */
import { OpenAPIHono, createRoute, z } from '@hono/zod-openapi';
import { isTerminal } from '@cb/core';
import type { AuditEvent, CommandBus, CommandRecord } from '@cb/core';
import type { Queryable } from '@cb/pg';
import { v7 as newId } from 'uuid';
import { maxAmountCents, paymentsDomain } from '../payments/commands.ts';
import { placeTransfer } from '../payments/place-transfer.ts';
import { TransferSchema, transferStatuses } from '../payments/transfer.ts';
import type { Transfer } from '../payments/transfer.ts';
import type { BusinessDatabase } from '../runtime/business-database.ts';
import { readTransfer, readTransfers } from '../statements/read-transfers.ts';
import { AccountIdSchema } from './account-id.ts';
import { ProblemError, mayRefuse, problemContent } from './problem.ts';
import { validationHook } from './validation-hook.ts';

const TransferBodySchema = z
	.strictObject({
		transferId: z.uuid().optional().openapi({ description: 'Repeating a request with the same id changes nothing.' }),
		fromAccount: AccountIdSchema.openapi({ example: 'customer-0001' }),
		toAccount: AccountIdSchema.openapi({ example: 'customer-0002' }),
		amountCents: z.int().min(1).max(maxAmountCents).openapi({ example: 1_250 }),
		reference: z.string().trim().min(1).max(140).default('Transfer').openapi({ example: 'Invoice 4711' }),
	})
	.refine((body) => body.fromAccount !== body.toAccount, { path: ['toAccount'], message: 'is the payer itself' })
	.openapi('NewTransfer');

const AcceptedSchema = z
	.object({ transferId: z.string(), status: z.string(), href: z.string() })
	.openapi('AcceptedTransfer');

const CommandSchema = z.object({
	commandId: z.string(),
	commandType: z.string(),
	status: z.string(),
	attempts: z.int(),
	generation: z.int(),
	lastError: z.object({ type: z.string(), code: z.string(), message: z.string() }).nullable(),
	history: z.array(z.object({ type: z.string(), attempt: z.int(), at: z.date(), details: z.unknown() })),
});

const TransferDetailSchema = TransferSchema.extend({
	/** What waits for an operator, if anything does. */
	isParked: z.boolean(),
	hasEnded: z.boolean(),
	commands: z.array(CommandSchema),
}).openapi('Transfer');

const json = <Schema extends z.ZodType>(schema: Schema): { content: { 'application/json': { schema: Schema } } } => ({
	content: { 'application/json': { schema } },
});

const place = createRoute({
	method: 'post',
	path: '/transfers',
	summary: 'Place a transfer',
	description: 'Writes the transfer and sends DebitAccount in one transaction.',
	request: { body: { ...json(TransferBodySchema), required: true } },
	responses: {
		202: { ...json(AcceptedSchema), description: 'Accepted; the workers book it.' },
		200: { ...json(AcceptedSchema), description: 'The same request was accepted before.' },
		...mayRefuse,
		409: { content: problemContent, description: 'The id belongs to another transfer.' },
		422: { content: problemContent, description: 'The input is not valid, or the payer is unknown.' },
	},
});

const show = createRoute({
	method: 'get',
	path: '/transfers/{transferId}',
	summary: 'Show a transfer with its commands and their history',
	request: { params: z.object({ transferId: z.uuid() }) },
	responses: {
		200: { ...json(TransferDetailSchema), description: 'The transfer.' },
		404: { content: problemContent, description: 'No such transfer.' },
	},
});

const list = createRoute({
	method: 'get',
	path: '/transfers',
	summary: 'List transfers, newest first',
	request: {
		query: z.object({
			status: z.enum(transferStatuses).optional(),
			limit: z.coerce.number().pipe(z.int().min(1).max(1_000)).default(50),
		}),
	},
	responses: { 200: { ...json(z.object({ transfers: z.array(TransferSchema) })), description: 'Transfers.' } },
});

export interface TransferRoutesOptions {
	readonly bus: CommandBus<Queryable>;
	readonly database: BusinessDatabase;
}

export function transferRoutes({ bus, database }: TransferRoutesOptions): OpenAPIHono {
	const app = new OpenAPIHono({ defaultHook: validationHook });
	app.openapi(place, async (context) => {
		const body = context.req.valid('json');
		const request = { ...body, transferId: (body.transferId ?? newId()).toLowerCase() };
		const placed = await placeTransfer({ database, bus }, request);
		const { transferId } = request;
		const href = `/transfers/${transferId}`;
		switch (placed.kind) {
			case 'placed':
				return context.json({ transferId, status: 'REQUESTED', href }, 202, { location: href });
			case 'repeated':
				return context.json({ transferId, status: 'REPEATED', href }, 200, { location: href });
			case 'taken':
				throw new ProblemError({
					status: 409,
					code: 'transfer-id-taken',
					title: 'This id belongs to another transfer.',
				});
			case 'payer-not-found':
				throw new ProblemError({
					status: 422,
					code: 'payer-not-found',
					title: `There is no customer account "${request.fromAccount}".`,
					errors: [{ path: 'fromAccount', message: 'is no customer account' }],
				});
		}
	});
	app.openapi(show, async (context) => {
		const { transferId } = context.req.valid('param');
		const transfer = await readTransfer(database, transferId);
		if (transfer === undefined) {
			throw new ProblemError({ status: 404, code: 'transfer-not-found', title: `There is no transfer ${transferId}.` });
		}
		return context.json(await withCommands(bus, transfer), 200);
	});
	app.openapi(list, async (context) => {
		const { status, limit } = context.req.valid('query');
		return context.json({ transfers: [...(await readTransfers(database, { status, limit }))] }, 200);
	});
	return app;
}

async function withCommands(
	bus: CommandBus<Queryable>,
	transfer: Transfer,
): Promise<z.output<typeof TransferDetailSchema>> {
	const ids = [transfer.debitCommandId, transfer.creditCommandId, transfer.refundCommandId];
	const addresses = ids.flatMap((commandId) => (commandId === null ? [] : [{ domain: paymentsDomain, commandId }]));
	const records = (await bus.getMany(addresses)).filter((record) => record !== undefined);
	const histories = await Promise.all(records.map((record) => bus.history(record)));
	return {
		...transfer,
		isParked: records.some(({ status }) => status === 'IN_TROUBLESHOOTING_QUEUE'),
		hasEnded:
			records.every(({ status }) => isTerminal(status)) &&
			!['REQUESTED', 'DEBITED', 'RETURNING'].includes(transfer.status),
		commands: records.map((record, index) => commandOf(record, histories[index] ?? [])),
	};
}

function commandOf(record: CommandRecord, history: readonly AuditEvent[]): z.output<typeof CommandSchema> {
	const { commandId, commandType, status, attempts, generation, lastError } = record;
	return {
		commandId,
		commandType,
		status,
		attempts,
		generation,
		lastError: lastError && { type: lastError.type, code: lastError.code, message: lastError.message },
		history: history.map(({ type, attempt, at, details }) => ({ type, attempt, at, details })),
	};
}
