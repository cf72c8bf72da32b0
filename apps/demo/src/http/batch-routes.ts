/** Batches over HTTP: place many transfers at once, see how far they are. */
import { OpenAPIHono, createRoute, z } from '@hono/zod-openapi';
import { batchStatuses } from '@cb/core';
import { v7 as newId } from 'uuid';
import { maxAmountCents, paymentsDomain } from '../payments/commands.ts';
import { TransferRefusedError, placeBatch } from '../payments/place-batch.ts';
import { AccountIdSchema } from './account-id.ts';
import { ProblemError, mayRefuse, problemContent } from './problem.ts';
import type { TransferRoutesOptions } from './transfer-routes.ts';
import { validationHook } from './validation-hook.ts';

const maxTransfers = 100;

const BatchBodySchema = z
	.strictObject({
		name: z.string().trim().min(1).max(140).optional().openapi({ example: 'Salaries of May' }),
		transfers: z
			.array(
				z.strictObject({
					fromAccount: AccountIdSchema,
					toAccount: AccountIdSchema,
					amountCents: z.int().min(1).max(maxAmountCents),
					reference: z.string().trim().min(1).max(140).default('Transfer'),
				}),
			)
			.min(1)
			.max(maxTransfers),
	})
	.openapi('NewBatch');

const AcceptedSchema = z
	.object({ batchId: z.string(), totalCount: z.int(), transferIds: z.array(z.string()), href: z.string() })
	.openapi('AcceptedBatch');

const BatchSchema = z
	.object({
		batchId: z.string(),
		name: z.string().nullable(),
		status: z.enum(batchStatuses),
		totalCount: z.int(),
		completedCount: z.int(),
		failedCount: z.int(),
		canceledCount: z.int(),
		parkedCount: z.int(),
		createdAt: z.date(),
		startedAt: z.date().nullable(),
		completedAt: z.date().nullable(),
	})
	.openapi('Batch');

const json = <Schema extends z.ZodType>(schema: Schema): { content: { 'application/json': { schema: Schema } } } => ({
	content: { 'application/json': { schema } },
});

const place = createRoute({
	method: 'post',
	path: '/batches',
	summary: 'Place many transfers as one batch',
	description: 'Writes every transfer and sends its DebitAccount in one transaction, or nothing.',
	request: { body: { ...json(BatchBodySchema), required: true } },
	responses: {
		202: { ...json(AcceptedSchema), description: 'Accepted; the workers book it.' },
		...mayRefuse,
		422: { content: problemContent, description: 'The input is not valid, or a payer is unknown; nothing was stored.' },
	},
});

const show = createRoute({
	method: 'get',
	path: '/batches/{batchId}',
	summary: 'Show how far a batch is',
	request: { params: z.object({ batchId: z.uuid() }) },
	responses: {
		200: { ...json(BatchSchema), description: 'The batch with its counts of now.' },
		404: { content: problemContent, description: 'No such batch.' },
	},
});

export function batchRoutes({ bus, database }: TransferRoutesOptions): OpenAPIHono {
	const app = new OpenAPIHono({ defaultHook: validationHook });
	app.openapi(place, async (context) => {
		const { name, transfers } = context.req.valid('json');
		const requests = transfers.map((transfer) => ({ ...transfer, transferId: newId() }));
		const { batchId } = await placeBatch({ database, bus }, { name, transfers: requests }).catch(refused);
		const href = `/batches/${batchId}`;
		const transferIds = requests.map(({ transferId }) => transferId);
		return context.json({ batchId, totalCount: requests.length, transferIds, href }, 202, { location: href });
	});
	app.openapi(show, async (context) => {
		const { batchId } = context.req.valid('param');
		const batch = await bus.getBatch({ domain: paymentsDomain, batchId });
		if (batch === undefined) {
			throw new ProblemError({ status: 404, code: 'batch-not-found', title: `There is no batch ${batchId}.` });
		}
		return context.json(BatchSchema.parse(batch), 200);
	});
	return app;
}

function refused(error: unknown): never {
	if (!(error instanceof TransferRefusedError)) throw error;
	throw new ProblemError({
		status: 422,
		code: 'batch-refused',
		title: 'A transfer of the batch was refused; nothing was stored.',
		errors: [{ path: `transfers.${String(error.index)}.fromAccount`, message: 'is no customer account' }],
	});
}
