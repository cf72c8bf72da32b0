import { createCommandBus } from '@cb/core';
import type { CommandBus } from '@cb/core';
import { createPgBackend } from '@cb/pg';
import type { Queryable } from '@cb/pg';
import { freshDatabase } from '@cb/test-postgres/vitest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { batchRoutes } from '../src/http/batch-routes.ts';
import { problemOf } from '../src/http/problem.ts';
import { paymentsDomain } from '../src/payments/commands.ts';
import { sampleCustomers } from '../src/payments/sample-transfers.ts';
import { openBusinessDatabase } from '../src/runtime/business-database.ts';
import type { BusinessDatabase } from '../src/runtime/business-database.ts';
import { createLogger } from '../src/runtime/logging.ts';
import { prepareDatabase } from '../src/runtime/open-server.ts';
import { openAccounts } from '../src/statements/open-accounts.ts';
import { readTransfers } from '../src/statements/read-transfers.ts';

const closings: (() => Promise<unknown>)[] = [];
let bus: CommandBus<Queryable>;
let database: BusinessDatabase;
let post: (body: object) => Promise<Response>;
let get: (path: string) => Promise<Response>;

beforeAll(async () => {
	const fresh = await freshDatabase();
	await prepareDatabase({ url: fresh.url });
	const backend = createPgBackend({ connection: fresh.url, listen: false });
	database = openBusinessDatabase(fresh.url, { applicationName: 'test' });
	bus = createCommandBus(backend);
	await openAccounts(database, sampleCustomers(3), 1_000_000);
	const app = batchRoutes({ bus, database });
	app.onError((error) => problemOf(error, createLogger({ level: 'silent', format: 'json' }, 'test')));
	const headers = { 'content-type': 'application/json' };
	post = async (body) => app.request('/batches', { method: 'POST', body: JSON.stringify(body), headers });
	get = async (path) => app.request(path);
	closings.push(
		() => bus.close(),
		() => backend.close(),
		() => database.close(),
		() => fresh.drop(),
	);
});

afterAll(async () => {
	for (const close of closings) await close();
});

const [payer = '', payee = ''] = sampleCustomers(3).map(({ accountId }) => accountId);

function transfers(count: number, fromAccount = payer) {
	return Array.from({ length: count }, () => ({ fromAccount, toAccount: payee, amountCents: 100 }));
}

describe('batches over HTTP', () => {
	it('places all transfers of a batch, and shows how far it is', async () => {
		const placed = await post({ name: 'Salaries', transfers: transfers(5) });

		expect(placed.status).toBe(202);
		const shown = await get(placed.headers.get('location') ?? '');
		expect(await shown.json()).toMatchObject({ name: 'Salaries', status: 'PENDING', totalCount: 5, completedCount: 0 });
		expect(await readTransfers(database, { status: undefined, limit: 100 })).toHaveLength(5);
	});

	it('stores nothing when one payer is unknown, and says which', async () => {
		const refused = await post({ transfers: [...transfers(2), ...transfers(1, 'nobody')] });

		expect(refused.status).toBe(422);
		expect(await refused.json()).toMatchObject({ errors: [{ path: 'transfers.2.fromAccount' }] });
		expect(await readTransfers(database, { status: undefined, limit: 100 })).toHaveLength(5);
		expect((await bus.listBatches({ domain: paymentsDomain })).items).toHaveLength(1);
	});

	it.each([{ transfers: [] }, { transfers: transfers(101) }, {}])('refuses what is no batch', async (body) => {
		expect((await post(body)).status).toBe(422);
	});

	it('answers 404 for a batch that does not exist', async () => {
		expect((await get('/batches/019af3a2-5b1c-7e2d-8f00-3c1d5e7a9b10')).status).toBe(404);
	});
});
