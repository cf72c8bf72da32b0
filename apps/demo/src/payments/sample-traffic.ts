/** A trickle of transfers, so that somebody who looks sees commands flow. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Engine } from '../runtime/engine.ts';
import { placeTransfer } from './place-transfer.ts';
import { sampleTransfer } from './sample-transfers.ts';

export interface SampleTraffic {
	stop(): Promise<void>;
}

export function startSampleTraffic(
	engine: Pick<Engine, 'bus' | 'database' | 'logger'>,
	{ perSecond, customerCount }: { readonly perSecond: number; readonly customerCount: number },
): SampleTraffic {
	const stopping = new AbortController();
	const { signal } = stopping;

	async function run(): Promise<void> {
		if (perSecond === 0) return;
		for (;;) {
			// Random gaps, as independent customers cause them.
			const gapMs = (-Math.log(1 - Math.random()) * 1_000) / perSecond;
			await sleep(gapMs, undefined, { signal }).catch(() => undefined);
			if (signal.aborted) return;
			await placeOne();
		}
	}

	async function placeOne(): Promise<void> {
		try {
			await placeTransfer(engine, sampleTransfer(customerCount, Math.random));
		} catch (error) {
			engine.logger.warn({ err: error }, 'a sample transfer could not be placed');
		}
	}

	const running = run();
	return {
		async stop() {
			stopping.abort();
			await running;
		},
	};
}
