/** Accounts over HTTP: balances, and the switch that makes their commands fail for good. */
import { OpenAPIHono, createRoute, z } from '@hono/zod-openapi';
import type { BusinessDatabase } from '../runtime/business-database.ts';
import { readAccounts } from '../statements/read-accounts.ts';
import { setFrozen } from '../statements/set-frozen.ts';
import { AccountIdSchema } from './account-id.ts';
import { ProblemError, mayRefuse, problemContent } from './problem.ts';
import { validationHook } from './validation-hook.ts';

const AccountSchema = z
	.object({
		accountId: z.string(),
		kind: z.enum(['customer', 'internal']),
		owner: z.string(),
		isFrozen: z.boolean(),
		balanceCents: z.int(),
	})
	.openapi('Account');

const list = createRoute({
	method: 'get',
	path: '/accounts',
	summary: 'List accounts with their balances',
	description: 'The balances of all accounts, the internal ones included, add up to zero at any time.',
	request: { query: z.object({ limit: z.coerce.number().pipe(z.int().min(1).max(10_000)).default(1_000) }) },
	responses: {
		200: {
			content: { 'application/json': { schema: z.object({ accounts: z.array(AccountSchema) }) } },
			description: 'Accounts.',
		},
	},
});

const freeze = createRoute({
	method: 'post',
	path: '/accounts/{accountId}/{switch}',
	summary: 'Freeze or unfreeze an account',
	description: 'Commands on a frozen account are parked. Unfreeze it and retry them: the cause is gone.',
	request: { params: z.object({ accountId: AccountIdSchema, switch: z.enum(['freeze', 'unfreeze']) }) },
	responses: {
		200: {
			content: { 'application/json': { schema: z.object({ accountId: z.string(), isFrozen: z.boolean() }) } },
			description: 'Done.',
		},
		...mayRefuse,
		404: { content: problemContent, description: 'No such customer account.' },
	},
});

export function accountRoutes(database: BusinessDatabase): OpenAPIHono {
	const app = new OpenAPIHono({ defaultHook: validationHook });
	app.openapi(list, async (context) => {
		const { limit } = context.req.valid('query');
		return context.json({ accounts: [...(await readAccounts(database, { limit }))] }, 200);
	});
	app.openapi(freeze, async (context) => {
		const { accountId, switch: position } = context.req.valid('param');
		const isFrozen = position === 'freeze';
		if (await setFrozen(database, accountId, isFrozen)) return context.json({ accountId, isFrozen }, 200);
		throw new ProblemError({
			status: 404,
			code: 'account-not-found',
			title: `There is no customer account "${accountId}".`,
		});
	});
	return app;
}
