/** Accounts over HTTP. */
import { OpenAPIHono, createRoute, z } from '@hono/zod-openapi';
import type { BusinessDatabase } from '../runtime/business-database.ts';
import { readAccounts } from '../statements/read-accounts.ts';
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

export function accountRoutes(database: BusinessDatabase): OpenAPIHono {
	const app = new OpenAPIHono({ defaultHook: validationHook });
	app.openapi(list, async (context) => {
		const { limit } = context.req.valid('query');
		return context.json({ accounts: [...(await readAccounts(database, { limit }))] }, 200);
	});
	return app;
}
