/** Processes: started and advanced by one SQL function each, in sets, each with its own outcome. */
import type {
	AcceptOutcome,
	AdvanceOutcome,
	NewProcess,
	NewProcessBatch,
	ProcessAdvance,
	ProcessStore,
	StartOutcome,
	StepCommand,
} from '@cb/core';
import { topicsOf } from './accept.ts';
import { parsePage } from './page-rows.ts';
import type { Database } from './database.ts';
import type { Notifier } from './notifier.ts';
import type { Queryable } from './queryable.ts';
import {
	advanceProcesses,
	countProcesses,
	findProcessOfCommand,
	insertProcessBatch,
	listProcessBatches,
	listProcesses,
	readProcessBatch,
	readProcessHistory,
	readProcesses,
	readSteps,
	startProcesses,
} from './statements/processes.ts';
import type { AdvanceRow } from './statements/processes.ts';
import type { StartRow } from './rows/refusal-row.ts';
import { readCommands } from './statements/read-commands.ts';
import { releaseSavepoint, rollBackTo, savepoint } from './transaction.ts';

export function createProcessStore(database: Database, notifier: Notifier): ProcessStore<Queryable> {
	return {
		async start(processes, batch, tx) {
			const topics = topicsOf(processes.map(({ first }) => first.command));
			if (tx !== undefined) {
				const { outcomes, transactionId } = await startIn(database.join(tx), processes, batch);
				notifier.notifyAfterCommit(transactionId, topics);
				return outcomes;
			}
			const { outcomes } = await database.transaction((own) => startIn(own, processes, batch));
			notifier.notify(topics);
			return outcomes;
		},
		loadMany: (processIds) => database.runRepeatable((db) => loadMany(db, processIds)),
		findByCommand: (domain, commandId) => database.runRepeatable((db) => findProcessOfCommand(db, domain, commandId)),
		async advance(advances) {
			if (advances.length === 0) return [];
			const topics = topicsOf(advances.flatMap(({ send }) => send.map(({ command }) => command)));
			return database.run(async (db) => {
				const rows = await notifier.notifyWith(db, topics, () => advanceProcesses(db, advances));
				return advanceOutcomes(db, advances, rows);
			});
		},
		async list(filter, page) {
			const parsed = parsePage(page, 'time', 'id');
			return database.runRepeatable((db) => listProcesses(db, filter, parsed));
		},
		count: (filter) => database.runRepeatable((db) => countProcesses(db, filter)),
		history: (processId) => database.runRepeatable((db) => readProcessHistory(db, processId)),
		getBatch: (batchId) => database.runRepeatable((db) => readProcessBatch(db, batchId)),
		async listBatches(page) {
			const parsed = parsePage(page, 'time', 'id');
			return database.runRepeatable((db) => listProcessBatches(db, parsed));
		},
	};
}

interface Starting {
	readonly outcomes: readonly StartOutcome[];
	readonly transactionId: string;
}

/** With a batch all or nothing: a refusal takes everything back and leaves the transaction usable. */
async function startIn(
	tx: Queryable,
	processes: readonly NewProcess[],
	batch: NewProcessBatch | undefined,
): Promise<Starting> {
	if (batch === undefined) return startAll(tx, processes);
	await savepoint(tx);
	await insertProcessBatch(tx, batch);
	const starting = await startAll(tx, processes);
	if (starting.outcomes.every(({ kind }) => kind === 'started')) {
		await releaseSavepoint(tx);
		return starting;
	}
	await rollBackTo(tx);
	return { ...starting, outcomes: starting.outcomes.map(refusedIfStarted) };
}

function refusedIfStarted(outcome: StartOutcome): StartOutcome {
	return outcome.kind === 'started' ? { kind: 'refused', outcome: { kind: 'not-stored' } } : outcome;
}

async function startAll(tx: Queryable, processes: readonly NewProcess[]): Promise<Starting> {
	const { rows, transactionId } = await startProcesses(tx, processes);
	return { outcomes: await startOutcomes(tx, processes, rows), transactionId };
}

async function startOutcomes(
	db: Queryable,
	processes: readonly NewProcess[],
	rows: readonly StartRow[],
): Promise<readonly StartOutcome[]> {
	const existing = rows.flatMap(({ outcome, processId }) => (outcome === 'existing' ? (processId ?? []) : []));
	const stored = existing.length === 0 ? [] : await readProcesses(db, [...new Set(existing)]);
	const byId = new Map(stored.map((process) => [process.processId, process]));
	const byPosition = new Map(rows.map((row) => [row.position, row]));
	const outcomes: StartOutcome[] = [];
	for (const [position, { first }] of processes.entries()) {
		const row = byPosition.get(position);
		const process = byId.get(row?.processId ?? '');
		if (row?.outcome === 'started') outcomes.push({ kind: 'started' });
		else if (row?.outcome === 'existing' && process !== undefined) outcomes.push({ kind: 'existing', process });
		else outcomes.push({ kind: 'refused', outcome: await startRefusal(db, row, first) });
	}
	return outcomes;
}

async function startRefusal(db: Queryable, row: StartRow | undefined, first: StepCommand): Promise<AcceptOutcome> {
	return row === undefined ? { kind: 'not-stored' } : refusalOf(db, row.outcome, [first]);
}

async function advanceOutcomes(
	db: Queryable,
	advances: readonly ProcessAdvance[],
	rows: readonly AdvanceRow[],
): Promise<readonly AdvanceOutcome[]> {
	const byPosition = new Map(rows.map((row) => [row.advance_position, row]));
	const outcomes: AdvanceOutcome[] = [];
	for (const [position, { send }] of advances.entries()) {
		const row = byPosition.get(position);
		if (row === undefined || row.outcome === 'not-found') outcomes.push({ kind: 'not-found' });
		else if (row.outcome === 'advanced') outcomes.push({ kind: 'advanced', version: row.version });
		else if (row.outcome === 'stale' || row.outcome === 'lease-lost') outcomes.push({ kind: row.outcome });
		else outcomes.push({ kind: 'refused', outcome: await refusalOf(db, row.outcome, send) });
	}
	return outcomes;
}

async function refusalOf(db: Queryable, outcome: string, steps: readonly StepCommand[]): Promise<AcceptOutcome> {
	const commands = steps.map(({ command }) => command);
	if (outcome === 'domain-not-found') return { kind: outcome };
	if (outcome === 'reply-queue-not-found') return { kind: outcome, replyTo: commands[0]?.replyTo ?? '' };
	const records = await readCommands(db, commands);
	const existing = records.find((record) => record !== undefined) ?? commands[0];
	return existing === undefined ? { kind: 'not-stored' } : { kind: 'duplicate', existing };
}

async function loadMany(db: Queryable, processIds: readonly string[]): ReturnType<ProcessStore<Queryable>['loadMany']> {
	const processes = new Map((await readProcesses(db, processIds)).map((process) => [process.processId, process]));
	const steps = Map.groupBy(await readSteps(db, processIds), ({ processId }) => processId);
	return processIds.map((processId) => {
		const process = processes.get(processId);
		return process === undefined ? undefined : { process, steps: steps.get(processId) ?? [] };
	});
}
