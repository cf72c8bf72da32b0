/** What lies in the queues, as gauges: looked up on a beat of its own, so that a scrape never waits for the database. */
import { metrics } from '@opentelemetry/api';
import type { BatchObservableResult, Meter, Observable } from '@opentelemetry/api';
import { z } from 'zod';
import { parseConfiguration } from '../parse-input.ts';
import type { Backend } from '../ports/backend.ts';
import type { DomainStatistics } from '../ports/domain-store.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import { emit } from '../safe-telemetry.ts';
import { scope } from './scope.ts';

/** The oldest snapshot somebody holds: rows that died since cannot be vacuumed, and queues slow down. */
export interface HeldXmin {
	/** How many transactions have begun since. */
	readonly ageTransactions: number;
	/** For how long, where the server knows. */
	readonly ageSeconds: number | null;
}

export interface QueueObserverOptions {
	readonly backend: Pick<Backend, 'domains' | 'clock'>;
	/** Asks the database, `readHeldXmin` of `@cb/pg` for instance. @default not observed */
	readonly readHeldXmin?: (() => Promise<HeldXmin>) | undefined;
	/** @default the global one */
	readonly meter?: Meter | undefined;
	/** Is told of looks that failed. */
	readonly telemetry?: Telemetry | undefined;
	/** Between two looks. `cb.queue.look.age.seconds` says how old what is shown is. @default 15,000 */
	readonly intervalMs?: number | undefined;
}

export interface QueueObserver {
	/** Looks for the first time, then on every beat, also when a look fails. Repeating it does nothing. */
	start(): Promise<void>;
	/** Resolves when the look under way, if any, has ended. */
	stop(): Promise<void>;
}

interface Look {
	readonly at: number;
	readonly domains: readonly DomainStatistics[];
	readonly heldXmin: HeldXmin | undefined;
}

const SettingsSchema = z.strictObject({ intervalMs: z.number().min(100).max(3_600_000).default(15_000) });

/** One per database is enough; it costs what `domains.statistics()` costs. Throws `ConfigurationError` for options that cannot work. */
export function createQueueObserver(options: QueueObserverOptions): QueueObserver {
	const { backend, readHeldXmin, meter = metrics.getMeter(scope), telemetry, ...numbers } = options;
	const { intervalMs } = parseConfiguration(SettingsSchema, numbers, 'createQueueObserver');
	const { clock } = backend;
	const gauges = createGauges(meter);
	const createdAt = clock.now();
	const stopped = new AbortController();
	let latest: Look | undefined;
	let running: Promise<void> | undefined;
	let first: Promise<void> | undefined;

	async function look(): Promise<void> {
		try {
			const [domains, heldXmin] = await Promise.all([backend.domains.statistics(), readHeldXmin?.()]);
			latest = { at: clock.now(), domains, heldXmin };
		} catch (error) {
			emit(telemetry, { kind: 'infrastructure-failed', component: 'queue observer', operation: 'look', error });
		}
	}

	async function lookOn(): Promise<void> {
		await first;
		for (;;) {
			await clock.sleep(intervalMs, stopped.signal);
			if (stopped.signal.aborted) return;
			await look();
		}
	}

	function observe(result: BatchObservableResult): void {
		result.observe(gauges.lookAge, (clock.now() - (latest?.at ?? createdAt)) / 1_000);
		if (latest !== undefined) observeLook(result, gauges, latest);
	}

	return {
		start() {
			if (running === undefined) {
				meter.addBatchObservableCallback(observe, Object.values(gauges));
				first = look();
				running = lookOn();
			}
			return first ?? Promise.resolve();
		},
		async stop() {
			stopped.abort();
			if (running === undefined) return;
			meter.removeBatchObservableCallback(observe, Object.values(gauges));
			await running;
		},
	};
}

type Gauges = Readonly<
	Record<'lookAge' | 'depth' | 'oldest' | 'parked' | 'parkedLastHour' | 'heldTransactions' | 'heldSeconds', Observable>
>;

function createGauges(meter: Meter): Gauges {
	const gauge = (name: string, description: string, unit = ''): Observable =>
		meter.createObservableGauge(name, { description, unit });
	return {
		lookAge: gauge(
			'cb.queue.look.age.seconds',
			'How old the other gauges of queues are: the last look that worked',
			's',
		),
		depth: gauge('cb.queue.depth', 'Live commands, by state: ready, delayed, in_flight or stalled'),
		oldest: gauge('cb.queue.oldest.age.seconds', 'How long the oldest ready command has been due; 0 when none is', 's'),
		parked: gauge('cb.tsq.depth', 'Commands in the Troubleshooting Queue'),
		parkedLastHour: gauge('cb.tsq.last_hour', 'Commands parked within the last hour that still are'),
		heldTransactions: gauge('cb.held_xmin.transactions', 'Transactions since the oldest snapshot that somebody holds'),
		heldSeconds: gauge('cb.held_xmin.age.seconds', 'How long the oldest snapshot has been held', 's'),
	};
}

function observeLook(result: BatchObservableResult, gauges: Gauges, { domains, heldXmin }: Look): void {
	for (const statistics of domains) {
		const { domain } = statistics;
		result.observe(gauges.depth, statistics.readyCount, { domain, state: 'ready' });
		result.observe(gauges.depth, statistics.delayedCount, { domain, state: 'delayed' });
		result.observe(gauges.depth, statistics.inFlightCount, { domain, state: 'in_flight' });
		result.observe(gauges.depth, statistics.stalledCount, { domain, state: 'stalled' });
		result.observe(gauges.oldest, statistics.oldestReadySeconds ?? 0, { domain });
		result.observe(gauges.parked, statistics.parkedCount, { domain });
		result.observe(gauges.parkedLastHour, statistics.parkedLastHourCount, { domain });
	}
	if (heldXmin === undefined) return;
	result.observe(gauges.heldTransactions, heldXmin.ageTransactions);
	result.observe(gauges.heldSeconds, heldXmin.ageSeconds ?? 0);
}
