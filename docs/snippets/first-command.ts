/* eslint-disable no-console -- the program of the tutorial, as its reader types it */
// #region imports
import {
	PermanentCommandError,
	createCommandBus,
	createHandlers,
	createSystemClock,
	createWorker,
	defineCommand,
} from '@cb/core';
import { createInMemoryBackend } from '@cb/core/memory';
import { createTroubleshootingQueue } from '@cb/ops';
import { z } from 'zod';
// #endregion imports

// #region define
const ShipOrder = defineCommand({
	domain: 'shop',
	type: 'ShipOrder',
	data: z.object({ order: z.string(), address: z.string() }),
	result: z.object({ parcel: z.string() }),
});
// #endregion define

// #region open
const backend = createInMemoryBackend({ clock: createSystemClock() });
await backend.domains.create('shop');
const bus = createCommandBus(backend);
// #endregion open

// #region send
const first = await bus.send(ShipOrder, { order: 'O-1', address: '1 Harbour Street' });
console.log('sent:', (await bus.get(first))?.status);
// #endregion send

// #region handle
const handlers = createHandlers().on(ShipOrder, ({ data }) => {
	if (!data.address.includes('Harbour Street')) {
		throw new PermanentCommandError('ADDRESS_UNKNOWN', `We do not deliver to "${data.address}".`);
	}
	return { parcel: `P-${data.order}` };
});

const worker = createWorker({ backend, domain: 'shop', handlers });
await worker.start();

const shipped = await bus.waitFor(first);
console.log('handled:', shipped.status, shipped.result);
// #endregion handle

// #region break
const second = await bus.send(ShipOrder, { order: 'O-2', address: '2 Habour Street' });
const parked = await bus.waitFor(second, { until: 'settled' });
console.log('broken:', parked.status, parked.error?.code);
// #endregion break

// #region look
const tsq = createTroubleshootingQueue(backend, { definitions: [ShipOrder] });
const { items } = await tsq.list({ domain: 'shop' });
for (const { lastErrorMessage, payload } of items) console.log('waits:', lastErrorMessage, payload);
// #endregion look

// #region repair
await tsq.amendAndRetry({
	domain: 'shop',
	commandId: second.commandId,
	operator: { id: 'alice' },
	reason: 'typo in the street',
	patch: [{ op: 'replace', path: '/address', value: '2 Harbour Street' }],
});
console.log('repaired:', (await bus.waitFor(second)).status);
// #endregion repair

// #region history
for (const { type, generation } of await bus.history(second)) {
	console.log(`generation ${generation}:`, type);
}
// #endregion history

// #region stop
await worker.stop();
await bus.close();
await backend.close();
// #endregion stop
