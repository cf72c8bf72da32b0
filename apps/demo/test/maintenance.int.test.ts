/** The demo keeps its tables small by itself: what is over goes, what is not stays. */
import { freshDatabase } from '@cb/test-postgres/vitest';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readConfig } from '../src/config.ts';
import { CreditAccount, paymentsDomain } from '../src/payments/commands.ts';
import { createClosings } from '../src/runtime/closings.ts';
import { openEngine } from '../src/runtime/engine.ts';
import type { Engine } from '../src/runtime/engine.ts';
import { createLogger } from '../src/runtime/logging.ts';
import { prepareDatabase } from '../src/runtime/open-server.ts';
import { startMaintenance } from '../src/runtime/start-maintenance.ts';

const config = readConfig({ CB_DEMO_LOG_LEVEL: 'silent', CB_DEMO_RETENTION_SECONDS: '0' });
const closings = createClosings(createLogger(config.log, 'test'));
const movement = { transferId: '0190b8d0-0000-7000-8000-000000000001', accountId: 'customer-0001', amountCents: 1 };

let engine: Engine;

beforeAll(async () => {
	const database = await freshDatabase();
	closings.add('database', () => database.drop());
	await prepareDatabase({ url: database.url });
	engine = openEngine({ url: database.url, config, logger: createLogger(config.log, 'test'), closings });
});

afterAll(() => closings.closeAll(10_000));

it('removes commands that have ended, and leaves the others', async () => {
	const { bus } = engine;
	const ended = await bus.send(CreditAccount, movement);
	const waiting = await bus.send(CreditAccount, movement);
	await bus.cancel({ domain: paymentsDomain, commandId: ended.commandId });

	await startMaintenance(engine, closings);

	await expect.poll(() => bus.get(ended)).toBeUndefined();
	expect(await bus.get(waiting)).toMatchObject({ status: 'PENDING' });
});
