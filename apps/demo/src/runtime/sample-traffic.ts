/** A trickle of transfers, orders and reports, so that somebody who looks sees commands flow. */
import { setTimeout as sleep } from 'node:timers/promises';
import { PaymentOrder } from '../orders/payment-order.ts';
import { StatementReport } from '../reporting/statement-report.ts';
import type { Engine } from './engine.ts';
import { placeTransfer } from '../payments/place-transfer.ts';
import { sampleTransfer } from '../payments/sample-transfers.ts';

const orderShare = 0.1;
const reportShare = 0.05;

export interface SampleTraffic {
	stop(): Promise<void>;
}

export function startSampleTraffic(
	engine: Pick<Engine, 'bus' | 'database' | 'processes' | 'logger'>,
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
			await placeSample();
		} catch (error) {
			engine.logger.warn({ err: error }, 'a sample could not be placed');
		}
	}

	/** Mostly transfers; now and then a process. */
	async function placeSample(): Promise<void> {
		const transfer = sampleTransfer(customerCount, Math.random);
		const { transferId: orderId, fromAccount, toAccount, amountCents } = transfer;
		const kind = Math.random();
		if (kind < orderShare) await engine.processes.start(PaymentOrder, { orderId, fromAccount, toAccount, amountCents });
		else if (kind < orderShare + reportShare) {
			await engine.processes.start(StatementReport, {
				accountIds: [fromAccount, toAccount],
				title: 'Sample statement',
			});
		} else await placeTransfer(engine, transfer);
	}

	const running = run();
	return {
		async stop() {
			stopping.abort();
			await running;
		},
	};
}
