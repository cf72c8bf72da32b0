import { createFreshDatabase, startPostgres } from '@cb/test-postgres';
import type { Database, PostgresServer } from '@cb/test-postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startDemo } from './demo-process.ts';
import type { DemoProcess } from './demo-process.ts';
import { serviceAt, settled } from './service-client.ts';
import type { ServiceClient, ShownTransfer } from './service-client.ts';

const alice = 'Bearer alice:admin';
const bob = 'Bearer bob:operator';
const eve = 'Bearer eve:viewer';

let server: PostgresServer;
let database: Database;
let demo: DemoProcess;
let url: string;
let service: ServiceClient;

beforeAll(async () => {
	server = await startPostgres();
	database = await createFreshDatabase(server.url);
	demo = startDemo(['serve', '--port', '0', '--quiet'], {
		environment: { CB_DATABASE_URL: database.url, CB_DEMO_FAILURES: 'default=0', CB_DEMO_DURATION_MS: '0/5' },
	});
	url = (await demo.says(/open {3}(http:\/\/\S+?)\/\s/))[1] ?? '';
	service = serviceAt(url);
});

afterAll(async () => {
	await demo.cleanUp();
	await database.drop();
	await server.stop();
});

interface Asking {
	readonly as?: string | undefined;
	readonly body?: object;
}

async function tsq(path: string, { as, body }: Asking = {}): Promise<Response> {
	const headers = { 'content-type': 'application/json', ...(as === undefined ? {} : { authorization: as }) };
	const request = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
	return fetch(`${url}/tsq${path}`, { headers, ...request });
}

async function switchAccount(accountId: string, to: 'freeze' | 'unfreeze'): Promise<void> {
	const response = await fetch(`${url}/accounts/${accountId}/${to}`, {
		method: 'POST',
		headers: { authorization: bob },
	});
	expect(response.status).toBe(200);
}

/** A transfer whose payee is unknown: its credit is parked. */
async function placeParked(toAccount = 'customer-9999'): Promise<ShownTransfer> {
	const transferId = await service.place({ fromAccount: 'customer-0001', toAccount, amountCents: 10 });
	return service.until(transferId, settled);
}

function parkedOf({ commands }: ShownTransfer): string {
	const parked = commands.find(({ status }) => status === 'IN_TROUBLESHOOTING_QUEUE');
	return `/items/payments/${parked?.commandId ?? 'none'}`;
}

describe('an operator over HTTP', () => {
	it('sees what is parked, with its payload and its error', async () => {
		const transfer = await placeParked();

		const details = z
			.looseObject({
				item: z.looseObject({ lastErrorCode: z.string(), payload: z.looseObject({ accountId: z.string() }) }),
			})
			.parse(await (await tsq(parkedOf(transfer), { as: eve })).json());

		expect(details.item).toMatchObject({ lastErrorCode: 'ACCOUNT_UNKNOWN', payload: { accountId: 'customer-9999' } });
	});

	it('retries after the cause is gone, and the transfer is booked', async () => {
		await switchAccount('customer-0005', 'freeze');
		const transfer = await placeParked('customer-0005');
		await switchAccount('customer-0005', 'unfreeze');

		const response = await tsq(`${parkedOf(transfer)}/retry`, { as: bob, body: {} });
		const booked = await service.until(transfer.transferId, ({ hasEnded }) => hasEnded);

		expect(response.status).toBe(200);
		expect(booked.status).toBe('BOOKED');
		expect(booked.commands[1]?.history.map(({ type }) => type)).toEqual([
			'SENT',
			'RECEIVED',
			'FAILED',
			'MOVED_TO_TROUBLESHOOTING_QUEUE',
			'OPERATOR_RETRY',
			'RECEIVED',
			'COMPLETED',
		]);
	});

	it('amends a payload, and the transfer is booked', async () => {
		const transfer = await placeParked('customer-0006x');

		const patch = [{ op: 'replace', path: '/accountId', value: 'customer-0006' }];
		await tsq(`${parkedOf(transfer)}/amend`, { as: bob, body: { patch, reason: 'misspelt' } });

		expect((await service.until(transfer.transferId, ({ hasEnded }) => hasEnded)).status).toBe('BOOKED');
	});

	it('cancels a credit, and the payer gets the money back', async () => {
		const transfer = await placeParked();

		await tsq(`${parkedOf(transfer)}/cancel`, { as: bob, body: { reason: 'withdrawn' } });

		expect(await service.until(transfer.transferId, ({ hasEnded }) => hasEnded)).toMatchObject({
			status: 'RETURNED',
			reason: 'CANCELED',
		});
	});

	it('completes a credit by hand, and the transfer is settled manually', async () => {
		const transfer = await placeParked();

		const invalid = await tsq(`${parkedOf(transfer)}/complete`, { as: bob, body: { result: { bookingId: 1 } } });
		await tsq(`${parkedOf(transfer)}/complete`, { as: bob, body: { result: { bookingId: 'by hand' } } });
		const ended = await service.until(transfer.transferId, ({ hasEnded }) => hasEnded);

		expect(invalid.status).toBe(422);
		expect(ended.status).toBe('SETTLED_MANUALLY');
	});

	it('works a whole kind of trouble off in one bulk', async () => {
		await switchAccount('customer-0007', 'freeze');
		const transfers = await Promise.all(Array.from({ length: 5 }, () => placeParked('customer-0007')));
		await switchAccount('customer-0007', 'unfreeze');

		const preview = z.looseObject({ bulkId: z.string(), count: z.int(), digest: z.string() }).parse(
			await (
				await tsq('/bulks', {
					as: alice,
					body: { filter: { errorCode: 'ACCOUNT_FROZEN' }, action: { action: 'retry', reason: 'unfrozen' } },
				})
			).json(),
		);
		const started = await tsq(`/bulks/${preview.bulkId}/start`, { as: alice, body: { digest: preview.digest } });
		const ended = await Promise.all(
			transfers.map(({ transferId }) => service.until(transferId, ({ hasEnded }) => hasEnded)),
		);

		expect(preview.count).toBe(5);
		expect(started.status).toBe(200);
		expect(ended.map(({ status }) => status)).toEqual(Array.from({ length: 5 }, () => 'BOOKED'));
	});

	it('is refused: without a name, as a viewer who acts, for an unknown command, and when somebody was faster', async () => {
		const transfer = await placeParked();
		const path = parkedOf(transfer);
		const cancel = { body: { reason: 'twice' } };

		const unnamed = await tsq('/items');
		const forged = await tsq('/items', { as: 'Bearer eve:admin' });
		const denied = await tsq(`${path}/cancel`, { as: eve, ...cancel });
		const unknown = await tsq('/items/payments/00000000-0000-4000-8000-000000000000/retry', { as: bob, body: {} });
		const first = await tsq(`${path}/cancel`, { as: bob, ...cancel });
		const second = await tsq(`${path}/cancel`, { as: alice, ...cancel });

		expect([unnamed.status, forged.status, denied.status, unknown.status]).toEqual([401, 401, 403, 404]);
		expect([first.status, second.status]).toEqual([200, 409]);
		expect(await second.text()).toContain('CANCELED');
	});
});
