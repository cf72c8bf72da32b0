/** What a run had in it, as names: added up over many seeds they show that the simulation looks where it should. */
import type { SimulatedRun } from './simulate.ts';
import { statusesOf } from './checks/replay.ts';

/** Of the store, the people and the accidents; which names there can be says `expected-sightings.ts`. */
export function* sightingsOf(run: SimulatedRun): Iterable<string> {
	for (const { event } of run.trace) {
		const [role = ''] = event.owner.name.split(' ');
		if (event.what.startsWith('stands still')) yield `${role} stands still`;
		else yield event.what === 'dies' ? `${role} dies` : event.what;
		if (event.what.endsWith(' answers')) yield* kindsOf(event.what, event.about);
	}
	yield* sightingsOfCommands(run);
	yield* sightingsOfOperations(run);
	yield* sightingsOfNotes(run);
}

/** What the store answered: a value with a kind, or a list of them. */
function* kindsOf(what: string, answer: unknown): Iterable<string> {
	const outcomes: readonly unknown[] = Array.isArray(answer) ? answer : [answer];
	for (const outcome of outcomes) {
		if (typeof outcome !== 'object' || outcome === null || !('kind' in outcome)) continue;
		yield `${what} ${String(outcome.kind)}`;
		if ('isRepeated' in outcome && outcome.isRepeated === true) yield `${what} a repeated request`;
	}
}

function* sightingsOfCommands({ facts }: SimulatedRun): Iterable<string> {
	for (const { trail, replies } of facts.commands.values()) {
		for (const status of statusesOf(trail)) yield `command ${status}`;
		for (const { type, details } of trail) {
			yield `audit ${type}`;
			if (type === 'MOVED_TO_TROUBLESHOOTING_QUEUE') yield `parked ${JSON.stringify(details['reason'])}`;
		}
		for (const { outcome } of replies) yield `reply ${outcome}`;
	}
}

function* sightingsOfOperations({ facts }: SimulatedRun): Iterable<string> {
	for (const { batch, events } of facts.batches) {
		yield `batch ${batch.status}`;
		for (const { type } of events) yield `batch event ${type}`;
	}
	for (const { bulk, items } of facts.bulks) {
		yield `bulk ${bulk.status}`;
		for (const { status } of items) yield `bulk item ${status}`;
	}
	for (const { process, steps, events } of facts.processes) {
		yield `process ${process.status}`;
		for (const { kind, status } of steps) yield `${kind} step ${status}`;
		for (const { type } of events) yield `process event ${type}`;
	}
}

function* sightingsOfNotes({ facts: { ledger } }: SimulatedRun): Iterable<string> {
	for (const { action, outcome } of ledger.acts) yield `${action} ${outcome}`;
	for (const { outcome } of ledger.cancels) yield `sender's cancel ${outcome}`;
	for (const { outcome } of ledger.starts) yield `process start ${outcome}`;
	for (const sends of ledger.sends.values()) {
		for (const [told, count] of Object.entries(sends)) if (count > 0) yield `send ${told}`;
	}
	for (const { hasReturned } of ledger.runs) yield hasReturned ? 'run returned' : 'run came to nothing';
}
