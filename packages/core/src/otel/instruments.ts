/**
 * Every metric this package records, with its unit and what it means. Dashboards and alerts name them; a test compares. Seconds stand in the
 * names, because only some exporters add units, and a dashboard should fit all of them.
 */
import type { Counter, Gauge, Histogram, Meter } from '@opentelemetry/api';

/** From the shortest statement to a handler that runs for minutes. */
const durationSeconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];
/** Queues may be behind for hours, and retries wait. */
const latencySeconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3_600];
const sizes = [0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000];

export interface Instruments {
	readonly sent: Counter;
	readonly received: Counter;
	readonly settled: Counter;
	readonly parked: Counter;
	readonly leasesLost: Counter;
	readonly timeouts: Counter;
	readonly handlersMissing: Counter;
	readonly messagesRejected: Counter;
	readonly repliesUndeliverable: Counter;
	readonly repliesIgnored: Counter;
	readonly repliesUnhandled: Counter;
	readonly batchesFinished: Counter;
	readonly processesStarted: Counter;
	readonly processAdvances: Counter;
	readonly compensationsFailed: Counter;
	readonly operatorActs: Counter;
	readonly operatorDenials: Counter;
	readonly infrastructureFailures: Counter;
	readonly rowsPruned: Counter;
	readonly componentReady: Gauge;
	readonly handlerDuration: Histogram;
	readonly queueLatency: Histogram;
	readonly sendDuration: Histogram;
	readonly receiveDuration: Histogram;
	readonly settleDuration: Histogram;
	readonly advanceDuration: Histogram;
	readonly connectionWait: Histogram;
	readonly pruneDuration: Histogram;
	readonly receiveSize: Histogram;
	readonly settleSize: Histogram;
}

export function createInstruments(meter: Meter): Instruments {
	return { ...commandCounters(meter), ...otherCounters(meter), ...histograms(meter) };
}

function commandCounters(meter: Meter) {
	const count = counterOf(meter);
	return {
		sent: count('cb.commands.sent', 'Commands that were stored to be worked off'),
		received: count('cb.commands.received', 'Commands handed to a worker, redeliveries included'),
		settled: count('cb.commands.settled', 'Attempts that ended, by outcome'),
		parked: count('cb.commands.parked', 'Commands moved to the Troubleshooting Queue, by reason and fingerprint'),
		leasesLost: count('cb.leases.lost', 'Leases that a worker found out it no longer has'),
		timeouts: count('cb.handler.timeouts', 'Handlers that ran for longer than they may'),
		handlersMissing: count('cb.handler.missing', 'Commands received whose type has no handler'),
		messagesRejected: count('cb.messages.rejected', 'Messages on command queues that are no commands of ours'),
		repliesUndeliverable: count('cb.replies.undeliverable', 'Outcomes held up by a missing reply queue'),
	};
}

function otherCounters(meter: Meter) {
	const count = counterOf(meter);
	const readiness = { description: '1 while a component is ready, else 0' };
	return {
		repliesIgnored: count('cb.replies.ignored', 'Answers that changed nothing'),
		repliesUnhandled: count('cb.replies.unhandled', 'Answers that could not be handled'),
		batchesFinished: count('cb.batches.finished', 'Batches that finished, by status'),
		processesStarted: count('cb.processes.started', 'Processes that were started'),
		processAdvances: count('cb.process.advances', 'Moves of processes, by the status they led to'),
		compensationsFailed: count('cb.compensations.failed', 'Undo commands that did not succeed'),
		operatorActs: count('cb.operator.acts', 'What operators did to parked commands'),
		operatorDenials: count('cb.operator.denials', 'What operators were not allowed to do'),
		infrastructureFailures: count('cb.infrastructure.failures', 'Calls of the store or of a listener that failed'),
		rowsPruned: count('cb.rows.pruned', 'Rows that maintenance removed, by what they belonged to'),
		componentReady: meter.createGauge('cb.component.ready', readiness),
	};
}

function histograms(meter: Meter) {
	const seconds = histogramOf(meter, { unit: 's', boundaries: durationSeconds });
	const latency = histogramOf(meter, { unit: 's', boundaries: latencySeconds });
	const size = histogramOf(meter, { unit: '{command}', boundaries: sizes });
	return {
		handlerDuration: seconds('cb.handler.duration.seconds', 'How long handlers ran, by outcome'),
		queueLatency: latency('cb.queue.latency.seconds', 'From the creation of a command to the start of its handler'),
		sendDuration: seconds('cb.send.duration.seconds', 'How long storing a set of sent commands took'),
		receiveDuration: seconds('cb.receive.duration.seconds', 'How long reads of the queue took'),
		settleDuration: seconds('cb.settle.duration.seconds', 'How long storing outcomes took'),
		advanceDuration: seconds(
			'cb.process.advance.duration.seconds',
			'From the receipt of an answer to the stored advance',
		),
		connectionWait: seconds(
			'cb.connection.wait.seconds',
			'Waits for a free database connection; none is recorded where one was free',
		),
		pruneDuration: seconds('cb.prune.duration.seconds', 'How long maintenance took to remove a chunk'),
		receiveSize: size('cb.receive.size', 'Commands per read'),
		settleSize: size('cb.settle.size', 'Outcomes per transaction'),
	};
}

function counterOf(meter: Meter): (name: string, description: string) => Counter {
	return (name, description) => meter.createCounter(name, { description });
}

function histogramOf(
	meter: Meter,
	{ unit, boundaries }: { readonly unit: string; readonly boundaries: readonly number[] },
): (name: string, description: string) => Histogram {
	const advice = { explicitBucketBoundaries: [...boundaries] };
	return (name, description) => meter.createHistogram(name, { description, unit, advice });
}
