/** Processes over HTTP: start a report or an order, look at them, fetch a finished statement. */
import { OpenAPIHono, createRoute, z } from '@hono/zod-openapi';
import { processStatuses } from '@cb/core';
import type { ProcessRecord, StepRecord } from '@cb/core';
import { processDiagram } from '@cb/process';
import type { ProcessManager } from '@cb/process';
import type { Queryable } from '@cb/pg';
import { v7 as newId } from 'uuid';
import { PaymentOrder } from '../orders/payment-order.ts';
import { maxAmountCents } from '../payments/commands.ts';
import { processDefinitions } from '../processes/catalogue.ts';
import { StatementReport } from '../reporting/statement-report.ts';
import { AccountIdSchema } from './account-id.ts';
import { ProblemError, mayRefuse, problemContent } from './problem.ts';
import { validationHook } from './validation-hook.ts';

const json = <Schema extends z.ZodType>(schema: Schema): { content: { 'application/json': { schema: Schema } } } => ({
	content: { 'application/json': { schema } },
});

const StartedSchema = z
	.object({ processId: z.string(), isExisting: z.boolean(), href: z.string() })
	.openapi('StartedProcess');

const ErrorSchema = z.object({ type: z.string(), code: z.string(), message: z.string() }).nullable();

const ProcessSchema = z
	.object({
		processId: z.string(),
		processType: z.string(),
		status: z.enum(processStatuses),
		currentStep: z.string().nullable(),
		compensationErrors: z.int(),
		error: ErrorSchema,
		createdAt: z.date(),
		completedAt: z.date().nullable(),
	})
	.openapi('Process');

const StepSchema = z.object({
	position: z.int(),
	step: z.string(),
	kind: z.enum(['forward', 'undo']),
	undoes: z.string().nullable(),
	commandType: z.string(),
	commandId: z.string(),
	status: z.string(),
	generation: z.int(),
	error: ErrorSchema,
	sentAt: z.date(),
	answeredAt: z.date().nullable(),
});

const ProcessDetailSchema = z
	.object({
		process: ProcessSchema,
		state: z.unknown(),
		steps: z.array(StepSchema),
		history: z.array(z.object({ type: z.string(), step: z.string().nullable(), at: z.date(), details: z.unknown() })),
		/** Mermaid text: paste it into a Markdown file, or into a Mermaid viewer. */
		diagram: z.string(),
	})
	.openapi('ProcessDetail');

const startReport = createRoute({
	method: 'post',
	path: '/reports',
	summary: 'Start a statement report',
	description: 'Queries the ledger, adds it up and renders a statement as CSV and HTML.',
	request: {
		body: {
			required: true,
			...json(
				z
					.strictObject({
						accountIds: z
							.array(AccountIdSchema)
							.min(1)
							.max(100)
							.openapi({ example: ['customer-0001', 'customer-0002'] }),
						title: z.string().trim().min(1).max(200).default('Statement'),
					})
					.openapi('NewReport'),
			),
		},
	},
	responses: {
		202: { ...json(StartedSchema), description: 'Started.' },
		...mayRefuse,
		422: { content: problemContent, description: 'The input is not valid.' },
	},
});

const startOrder = createRoute({
	method: 'post',
	path: '/orders',
	summary: 'Start a payment order',
	description: 'Reserves, debits, credits and notifies; what was done is undone in reverse order when a step fails.',
	request: {
		body: {
			required: true,
			...json(
				z
					.strictObject({
						orderId: z
							.uuid()
							.optional()
							.openapi({ description: 'Repeating a request with the same id starts nothing.' }),
						fromAccount: AccountIdSchema.openapi({ example: 'customer-0001' }),
						toAccount: AccountIdSchema.openapi({ example: 'customer-0002' }),
						amountCents: z.int().min(1).max(maxAmountCents).openapi({ example: 1_250 }),
					})
					.openapi('NewOrder'),
			),
		},
	},
	responses: {
		202: { ...json(StartedSchema), description: 'Started, or started before.' },
		...mayRefuse,
		422: { content: problemContent, description: 'The input is not valid.' },
	},
});

const list = createRoute({
	method: 'get',
	path: '/processes',
	summary: 'List processes, newest first',
	request: {
		query: z.object({
			type: z.enum(['StatementReport', 'PaymentOrder']).optional(),
			status: z.enum(processStatuses).optional(),
			limit: z.coerce.number().pipe(z.int().min(1).max(1_000)).default(50),
			cursor: z.string().optional(),
		}),
	},
	responses: {
		200: {
			...json(z.object({ processes: z.array(ProcessSchema), nextCursor: z.string().optional() })),
			description: 'Processes.',
		},
	},
});

const show = createRoute({
	method: 'get',
	path: '/processes/{processId}',
	summary: 'Show a process with its steps, its history and its picture',
	request: { params: z.object({ processId: z.uuid() }) },
	responses: {
		200: { ...json(ProcessDetailSchema), description: 'The process.' },
		404: { content: problemContent, description: 'No such process.' },
	},
});

export function processRoutes(processes: ProcessManager<Queryable>): OpenAPIHono {
	const app = new OpenAPIHono({ defaultHook: validationHook });
	app.openapi(startReport, async (context) => {
		const { processId, isExisting } = await processes.start(StatementReport, context.req.valid('json'));
		return context.json({ processId, isExisting, href: `/processes/${processId}` }, 202);
	});
	app.openapi(startOrder, async (context) => {
		const body = context.req.valid('json');
		const orderId = body.orderId ?? newId();
		const order = { ...body, orderId };
		const { processId, isExisting } = await processes.start(PaymentOrder, order, { businessKey: orderId });
		return context.json({ processId, isExisting, href: `/processes/${processId}` }, 202);
	});
	app.openapi(list, async (context) => {
		const { type, status, limit, cursor } = context.req.valid('query');
		const filter = { processType: type, statuses: status === undefined ? undefined : [status] };
		const { items, nextCursor } = await processes.list(filter, { limit, cursor });
		return context.json({ processes: items.map(processOf), nextCursor }, 200);
	});
	app.openapi(show, async (context) =>
		context.json(await detailOf(processes, context.req.valid('param').processId), 200),
	);
	return app;
}

async function detailOf(
	processes: ProcessManager<Queryable>,
	processId: string,
): Promise<z.output<typeof ProcessDetailSchema>> {
	const loaded = await processes.get(processId);
	const definition = processDefinitions.find(({ type }) => type === loaded?.process.processType);
	if (loaded === undefined || definition === undefined) {
		throw new ProblemError({ status: 404, code: 'process-not-found', title: `There is no process ${processId}.` });
	}
	const history = await processes.history(processId);
	return {
		process: processOf(loaded.process),
		state: loaded.process.state,
		steps: loaded.steps.map(stepOf),
		history: history.map(({ type, step, at, details }) => ({ type, step, at, details })),
		diagram: processDiagram(definition, loaded),
	};
}

function processOf(record: ProcessRecord): z.output<typeof ProcessSchema> {
	const { processId, processType, status, currentStep, compensationErrors, error, createdAt, completedAt } = record;
	return { processId, processType, status, currentStep, compensationErrors, error, createdAt, completedAt };
}

function stepOf(record: StepRecord): z.output<typeof StepSchema> {
	const { position, step, kind, undoes, commandType, commandId, status, generation, error, sentAt, answeredAt } =
		record;
	return { position, step, kind, undoes, commandType, commandId, status, generation, error, sentAt, answeredAt };
}
