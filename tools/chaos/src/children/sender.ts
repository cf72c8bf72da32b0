/** A sender: so many sends a second, of every kind, whatever becomes of them. */
import { createCommandBus } from '@cb/core';
import { createProcessManager } from '@cb/process';
import { Purchase } from '../load/purchase.ts';
import { defective } from '../mutations/defects.ts';
import { seededRandom } from '../seeded-random.ts';
import { pause } from '../waiting.ts';
import { openApplicationPool } from './application-pool.ts';
import { runChild } from './child-program.ts';
import { Sends } from './sends.ts';

const tickMs = 20;
/** While the store is away, sends are not piled up without end. */
const mostUnderWay = 200;

await runChild(({ settings, backend: whole, ledger }) => {
	const backend = defective(whole, settings);
	const bus = createCommandBus(backend);
	const pool = openApplicationPool(settings);
	const stopped = new AbortController();
	const random = seededRandom(settings.seed);
	const processes = createProcessManager(backend, [Purchase]);
	const sends = new Sends({ bus, processes, pool, ledger, random, signal: stopped.signal });
	const underWay = new Set<Promise<void>>();
	let sending: Promise<void> = Promise.resolve();

	function sendOne(): void {
		const one = sends.any().finally(() => underWay.delete(one));
		underWay.add(one);
	}

	async function sendUntilStopped(): Promise<void> {
		let owed = 0;
		let lastAt = performance.now();
		while (!stopped.signal.aborted) {
			const now = performance.now();
			owed = Math.min(owed + ((now - lastAt) / 1_000) * settings.rate, settings.rate);
			lastAt = now;
			for (; owed >= 1 && underWay.size < mostUnderWay; owed--) sendOne();
			await pause(tickMs, stopped.signal);
		}
	}

	return {
		start() {
			sending = sendUntilStopped();
			return Promise.resolve();
		},
		health: () => ({ isHealthy: true, says: `${underWay.size} under way` }),
		async stop() {
			stopped.abort();
			await sending;
			await Promise.all(underWay);
			await bus.close();
			await pool.end();
		},
	};
});
