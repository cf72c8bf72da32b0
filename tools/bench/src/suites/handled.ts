/** Waiting until working processes have handled what was sent, each command once. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { MeasuredProcess } from '../child.ts';
import type { ConsumerAnswers } from '../workers/consumer.ts';

const pollMs = 20;
const longestMs = 300_000;

type Consumers = readonly MeasuredProcess<ConsumerAnswers>[];

export async function handledBy(consumers: Consumers): Promise<number> {
	const counts = await Promise.all(consumers.map((consumer) => consumer.ask('handledCount')));
	return counts.reduce((sum, count) => sum + count, 0);
}

/** Throws when one was handled twice, or when some are not handled within five minutes. */
export async function allHandled(consumers: Consumers, sent: number): Promise<void> {
	const deadline = performance.now() + longestMs;
	let handled = await handledBy(consumers);
	while (handled < sent && performance.now() < deadline) {
		await sleep(pollMs);
		handled = await handledBy(consumers);
	}
	await Promise.all(consumers.map((consumer) => consumer.ask('settled')));
	handled = await handledBy(consumers);
	if (handled !== sent) throw new Error(`${handled} handlers ran for ${sent} that were sent.`);
}
