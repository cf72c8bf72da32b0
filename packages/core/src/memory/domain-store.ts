/** Domains with their queues, and what lies in them. */
import { domainQueues } from '../model/ids.ts';
import { activitySampleSize } from '../ports/domain-store.ts';
import type { DomainStatistics, DomainStore, LatencyQuantiles } from '../ports/domain-store.ts';
import { isDue, messageSequence } from './queues.ts';
import type { CommandRow, MessageRow } from './rows.ts';
import type { MemoryState, Step } from './state.ts';

const hourMs = 3_600_000;
const sampleAgeMs = 300_000;

export function createDomainStore(state: MemoryState): DomainStore {
	return {
		create: (domain) =>
			state.step((step) => {
				const { commands, replies, processReplies } = domainQueues(domain);
				createQueue(step, commands, domain);
				createQueue(step, replies, null);
				createQueue(step, processReplies, null);
				if (step.in('domains').get(domain) !== undefined) return 'exists';
				step.in('domains').put(domain, { domain, createdAt: step.now });
				return 'created';
			}),
		list: () => state.step((step) => [...step.in('domains').all()].sort((a, b) => (a.domain < b.domain ? -1 : 1))),
		statistics: (domain) =>
			state.step((step) =>
				domainNames(step)
					.filter((name) => domain === undefined || name === domain)
					.map((name) => statisticsOf(step, name)),
			),
		activity: () =>
			state.step((step) => {
				const newest = newestCommands(step);
				return domainNames(step).map((name) => ({
					...statisticsOf(step, name),
					enqueuedCount: step.lastId(messageSequence(domainQueues(name).commands)),
					latency: latencyOf(newest.filter(({ domain }) => domain === name)),
				}));
			}),
		createReplyQueue: (queue) => state.step((step) => (createQueue(step, queue, null) ? 'created' : 'exists')),
	};
}

function domainNames(step: Step): readonly string[] {
	return [...step.in('domains').all()].map(({ domain }) => domain).sort();
}

function newestCommands(step: Step): readonly CommandRow[] {
	return domainNames(step)
		.flatMap((domain) => [...step.in('commands', domain).all()])
		.filter(({ createdAt }) => step.now.getTime() - createdAt.getTime() < sampleAgeMs)
		.sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime())
		.slice(0, activitySampleSize);
}

function latencyOf(commands: readonly CommandRow[]): LatencyQuantiles | null {
	const latencies = commands
		.flatMap(({ createdAt, completedAt }) =>
			completedAt === null ? [] : [completedAt.getTime() - createdAt.getTime()],
		)
		.sort((a, b) => a - b);
	return latencies.length === 0 ? null : { medianMs: quantile(latencies, 0.5), p95Ms: quantile(latencies, 0.95) };
}

/** Between two neighbours in proportion, as PostgreSQL's percentile_cont does. */
function quantile(sorted: readonly number[], share: number): number {
	const position = (sorted.length - 1) * share;
	const below = sorted[Math.floor(position)] ?? 0;
	const above = sorted[Math.ceil(position)] ?? below;
	return below + (above - below) * (position % 1);
}

function createQueue(step: Step, queue: string, commandsOf: string | null): boolean {
	if (step.in('queues').get(queue) !== undefined) return false;
	step.in('queues').put(queue, { queue, commandsOf });
	return true;
}

function statisticsOf(step: Step, domain: string): DomainStatistics {
	const messages = [...step.in('messages', domainQueues(domain).commands).all()];
	const ready = messages.filter((message) => message.receipt === null && isDue(step, message));
	const held = messages.filter((message) => message.receipt !== null);
	const stalled = held.filter((message) => isDue(step, message));
	const parkedAt = [...step.in('commands', domain).all()].flatMap((row) => row.parked?.at ?? []);
	return {
		domain,
		depth: messages.length,
		readyCount: ready.length,
		delayedCount: messages.length - ready.length - held.length,
		inFlightCount: held.length - stalled.length,
		stalledCount: stalled.length,
		parkedCount: parkedAt.length,
		parkedLastHourCount: parkedAt.filter((at) => step.now.getTime() - at.getTime() <= hourMs).length,
		oldestReadySeconds: oldestSeconds(step, ready),
	};
}

function oldestSeconds(step: Step, ready: readonly MessageRow[]): number | null {
	if (ready.length === 0) return null;
	const oldestMs = ready.reduce((oldest, message) => Math.min(oldest, message.visibleAtMs), Number.POSITIVE_INFINITY);
	return (step.now.getTime() - oldestMs) / 1000;
}
