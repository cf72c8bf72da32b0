/** The working process of any system: handlers that do nothing, or wait, or fail, and a count of what they saw. */
import { setTimeout as sleep } from 'node:timers/promises';
import { parametersOf, serve, sharedNow } from '../child.ts';
import { loadSystem } from '../systems/index.ts';
import type { Consumer, Payload, Purpose, SystemName } from '../systems/system.ts';

export interface ConsumerParameters {
	readonly system: SystemName;
	readonly url: string;
	readonly purpose: Purpose;
	readonly concurrency?: number;
	/** How long a handler takes; at once otherwise. */
	readonly handlerMs?: number;
	/** Ours only: every handler fails, and its command is left alone for so long. */
	readonly backoffSeconds?: number;
	/** Keeps how long each took from the call of the send to the start of its handler. */
	readonly isTimed?: boolean;
}

export interface Drained {
	/** Handled after the warm-up, and settled. */
	readonly count: number;
	readonly milliseconds: number;
	readonly peakMemoryBytes: number;
}

export interface ConsumerAnswers {
	readonly start: undefined;
	readonly drain: Drained;
	readonly reach: Drained;
	readonly settled: undefined;
	/** How many handlers have started. */
	readonly handledCount: number;
	/** From the call of the send to the start of the handler, of each since it was last asked. */
	readonly latencies: readonly number[];
}

const settledPollMs = 2;
const longestSettleMs = 60_000;
const memoryPollMs = 20;

const {
	system,
	url,
	purpose,
	concurrency,
	handlerMs,
	backoffSeconds,
	isTimed = false,
} = parametersOf() as ConsumerParameters;
const loaded = await loadSystem(system);
let consumer: Consumer | undefined;
let handledCount = 0;
let latenciesMs: number[] = [];
let onHandled: () => void = () => undefined;

serve({ start, drain, reach, settled, latencies, handledCount: () => Promise.resolve(handledCount) });

interface DrainRequest {
	readonly warmUp: number;
	readonly count: number;
}

/**
 * Works off what was put there before. The clock runs from the handler that ends the warm-up until nothing is left in the store: neither
 * connecting nor the first compilation counts, settling does.
 */
function drain(request: DrainRequest): Promise<Drained> {
	return work(request, settled);
}

/** The same with more there than is asked for. */
function reach(request: DrainRequest): Promise<Drained> {
	return work(request, () => Promise.resolve());
}

async function work({ warmUp, count }: DrainRequest, end: () => Promise<void>): Promise<Drained> {
	let peakMemoryBytes = process.memoryUsage.rss();
	const sampler = setInterval(() => {
		peakMemoryBytes = Math.max(peakMemoryBytes, process.memoryUsage.rss());
	}, memoryPollMs);
	const before = handledCount;
	const warm = reached(before + warmUp);
	const all = reached(before + warmUp + count);
	await start();
	const from = await warm;
	await all;
	await end();
	const milliseconds = performance.now() - from;
	clearInterval(sampler);
	return { count: handledCount - before - warmUp, milliseconds, peakMemoryBytes };
}

async function start(): Promise<void> {
	consumer ??= await loaded.openConsumer(url, { purpose, concurrency, backoffSeconds, handle });
}

async function settled(): Promise<void> {
	const deadline = performance.now() + longestSettleMs;
	while ((await consumer?.isDone()) !== true) {
		if (performance.now() > deadline) throw new Error('What was handled is not settled after a minute.');
		await sleep(settledPollMs);
	}
}

function latencies(): Promise<readonly number[]> {
	const kept = latenciesMs;
	latenciesMs = [];
	return Promise.resolve(kept);
}

function handle({ sentAt }: Payload): Promise<void> | undefined {
	handledCount++;
	if (isTimed) latenciesMs.push(Math.round((sharedNow() - sentAt) * 1_000) / 1_000);
	onHandled();
	if (backoffSeconds !== undefined) throw new Error('not now');
	return handlerMs === undefined ? undefined : sleep(handlerMs);
}

/** When that many had been handled. */
function reached(count: number): Promise<number> {
	if (handledCount >= count) return Promise.resolve(performance.now());
	return new Promise((resolve) => {
		const before = onHandled;
		onHandled = () => {
			before();
			if (handledCount === count) resolve(performance.now());
		};
	});
}
