/** From events to metrics. Attributes are names from code and configuration; ids never become one. */
import type { Meter } from '@opentelemetry/api';
import type { Telemetry, TelemetryEvent } from '../ports/telemetry.ts';
import { createBoundedNames } from './bounded-names.ts';
import { createInstruments } from './instruments.ts';
import type { Instruments } from './instruments.ts';

type EventByKind = { [Event in TelemetryEvent as Event['kind']]: Event };
type Kind = keyof EventByKind;
type Recorders<Kinds extends Kind = Kind> = { readonly [One in Kinds]: (event: EventByKind[One]) => void };

export function createMetrics(meter: Meter, maxFingerprints: number): Pick<Telemetry, 'emit'> {
	const instruments = createInstruments(meter);
	const recorders: Recorders = {
		...workRecorders(instruments),
		...parkingRecorders(instruments, createBoundedNames(maxFingerprints)),
		...troubleRecorders(instruments),
		...processRecorders(instruments),
		...operatorRecorders(instruments),
		...infrastructureRecorders(instruments),
	};
	return {
		emit(event) {
			record(recorders, event.kind, event);
		},
	};
}

function record<One extends Kind>(recorders: Recorders, kind: One, event: EventByKind[One]): void {
	recorders[kind](event);
}

const secondsOf = ({ durationMs }: { readonly durationMs: number }): number => durationMs / 1_000;

function workRecorders(
	instruments: Instruments,
): Recorders<'commands-sent' | 'commands-received' | 'handler-started' | 'handler-ended' | 'commands-settled'> {
	return {
		'commands-sent': (event) => {
			const { domain, count } = event;
			instruments.sent.add(count, { domain });
			instruments.sendDuration.record(secondsOf(event), { domain });
		},
		'commands-received': (event) => {
			const { domain, count } = event;
			instruments.received.add(count, { domain });
			instruments.receiveSize.record(count, { domain });
			instruments.receiveDuration.record(secondsOf(event), { domain });
		},
		'handler-started': ({ domain, commandType, queueLatencyMs }) => {
			instruments.queueLatency.record(Math.max(0, queueLatencyMs) / 1_000, { domain, command_type: commandType });
		},
		'handler-ended': (event) => {
			const { domain, commandType, outcome } = event;
			instruments.handlerDuration.record(secondsOf(event), { domain, command_type: commandType, outcome });
		},
		'commands-settled': (event) => {
			const { domain, count, outcomes, through } = event;
			for (const [outcome, settled] of Object.entries(outcomes)) instruments.settled.add(settled, { domain, outcome });
			instruments.settleSize.record(count, { domain, through });
			instruments.settleDuration.record(secondsOf(event), { domain, through });
		},
	};
}

function parkingRecorders(
	instruments: Instruments,
	bounded: (fingerprint: string) => string,
): Recorders<'command-parked'> {
	return {
		'command-parked': ({ domain, reason, fingerprint }) => {
			instruments.parked.add(1, { domain, reason, fingerprint: bounded(fingerprint) });
			// Parked by the receive itself: no handler ran, and no settle tells of it.
			if (reason === 'EXHAUSTED_BY_REDELIVERY') instruments.settled.add(1, { domain, outcome: 'parked' });
		},
	};
}

function troubleRecorders(
	instruments: Instruments,
): Recorders<'lease-lost' | 'reply-undeliverable' | 'handler-timed-out' | 'handler-not-found' | 'message-rejected'> {
	return {
		'lease-lost': ({ domain, commandType }) => {
			instruments.leasesLost.add(1, { domain, command_type: commandType });
		},
		'reply-undeliverable': ({ domain }) => {
			instruments.repliesUndeliverable.add(1, { domain });
		},
		'handler-timed-out': ({ domain, commandType }) => {
			instruments.timeouts.add(1, { domain, command_type: commandType });
		},
		// The type is whatever somebody sent: not a name of ours.
		'handler-not-found': ({ domain }) => {
			instruments.handlersMissing.add(1, { domain });
		},
		'message-rejected': ({ queue }) => {
			instruments.messagesRejected.add(1, { queue });
		},
	};
}

function processRecorders(
	instruments: Instruments,
): Recorders<'processes-started' | 'process-advanced' | 'reply-ignored' | 'reply-unhandled' | 'compensation-failed'> {
	return {
		'processes-started': ({ domain, processType, count }) => {
			instruments.processesStarted.add(count, { domain, process_type: processType });
		},
		'process-advanced': (event) => {
			const { domain, processType, status } = event;
			instruments.processAdvances.add(1, { domain, process_type: processType, status });
			instruments.advanceDuration.record(secondsOf(event), { domain, process_type: processType });
		},
		'reply-ignored': ({ domain, processType }) => {
			instruments.repliesIgnored.add(1, { domain, process_type: processType });
		},
		'reply-unhandled': ({ queue, isFinal }) => {
			instruments.repliesUnhandled.add(1, { queue, final: isFinal });
		},
		'compensation-failed': ({ domain, processType, step }) => {
			instruments.compensationsFailed.add(1, { domain, process_type: processType, step });
		},
	};
}

function operatorRecorders(
	instruments: Instruments,
): Recorders<'batch-finished' | 'operator-acted' | 'operator-denied' | 'bulk-moved'> {
	return {
		'batch-finished': ({ domain, status }) => {
			instruments.batchesFinished.add(1, { domain, status });
		},
		'operator-acted': ({ domain, action }) => {
			instruments.operatorActs.add(1, { domain, action });
		},
		'operator-denied': ({ action }) => {
			instruments.operatorDenials.add(1, { action });
		},
		// What a bulk does to commands is counted as operator's acts are, by the audit; its moves are for the log.
		'bulk-moved': () => undefined,
	};
}

function infrastructureRecorders(
	instruments: Instruments,
): Recorders<'rows-pruned' | 'connection-waited' | 'infrastructure-failed' | 'health-changed'> {
	return {
		'rows-pruned': (event) => {
			const { what, rowCount } = event;
			instruments.rowsPruned.add(rowCount, { what });
			instruments.pruneDuration.record(secondsOf(event), { what });
		},
		'connection-waited': (event) => {
			instruments.connectionWait.record(secondsOf(event), { waited_for: event.waitedFor });
		},
		'infrastructure-failed': ({ component, operation, domain = '' }) => {
			instruments.infrastructureFailures.add(1, { component, operation, domain });
		},
		'health-changed': ({ component, state, domain = '' }) => {
			instruments.componentReady.record(readyStates.has(state) ? 1 : 0, { component, domain });
		},
	};
}

const readyStates: ReadonlySet<string> = new Set(['healthy', 'degraded']);
