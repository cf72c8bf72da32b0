/**
 * The tables of the in-memory store and the one way to change them: a step, which happens as a whole or not at all.
 *
 * A step of its own is synchronous, so nobody sees half of it. A step that joins a caller's transaction writes into that transaction;
 * the rows it wrote are locked, invisible to others until the commit, and whoever wants to write them waits, as in PostgreSQL under READ
 * COMMITTED. Steps only compute from what they read, so one that has to wait is simply run again.
 */
import { StoreError } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { WakeTopic } from '../ports/wake-signal.ts';
import { emptyLayer, tableNames } from './rows.ts';
import type { Layer, TableName, Tables } from './rows.ts';

/** The rows of one partition as one step sees them. */
export interface Partition<Row> {
	get(key: string): Row | undefined;
	/** In order of first writing; of messages, in order of id. */
	all(): Iterable<Row>;
	put(key: string, row: Row): void;
	remove(key: string): void;
}

/** A caller's transaction. Opaque: hand it to the ports as `tx`. */
export interface MemoryTransaction {
	readonly startedAt: Date;
}

interface OpenTransaction {
	readonly writes: Layer;
	readonly topics: WakeTopic[];
	readonly ended: Promise<undefined>;
	readonly end: (nothing: undefined) => void;
	/** Whose lock it waits for now. */
	waitsFor: MemoryTransaction | undefined;
}

/** Somebody's open transaction wrote the row first. Never leaves this file. */
class RowLocked extends Error {
	readonly holder: MemoryTransaction;

	constructor(holder: MemoryTransaction) {
		super('locked by another transaction');
		this.holder = holder;
	}
}

interface StepFacts {
	readonly now: Date;
	readonly below: readonly Layer[];
	lockHolder(lock: string): MemoryTransaction | undefined;
	nextId(sequence: string): string;
	lastId(sequence: string): number;
}

/** What one step reads and writes. Nothing of it is visible to others before the step ends. */
export class Step {
	readonly #facts: StepFacts;
	readonly #writes = emptyLayer();
	readonly #topics: WakeTopic[] = [];

	constructor(facts: StepFacts) {
		this.#facts = facts;
	}

	/** The store's time; the same throughout a step. */
	get now(): Date {
		return this.#facts.now;
	}

	get writes(): Layer {
		return this.#writes;
	}

	get topics(): readonly WakeTopic[] {
		return this.#topics;
	}

	/** The next number of a sequence. Like a database's, it is not taken back. */
	nextId(sequence: string): string {
		return this.#facts.nextId(sequence);
	}

	/** How far a sequence has come; 0 before its first number. */
	lastId(sequence: string): number {
		return this.#facts.lastId(sequence);
	}

	/** Whether somebody else's open transaction has written this row: receives pass it over instead of waiting. */
	isLocked(table: TableName, partition: string, key: string): boolean {
		return this.#facts.lockHolder(lockOf(table, partition, key)) !== undefined;
	}

	/** Tells the subscribers of a topic once this step is committed. */
	wake(topic: WakeTopic): void {
		this.#topics.push(topic);
	}

	in<Name extends TableName>(table: Name, partition = ''): Partition<Tables[Name]> {
		const write = (key: string, row: Tables[Name] | undefined): void => {
			const holder = this.#facts.lockHolder(lockOf(table, partition, key));
			if (holder !== undefined) throw new RowLocked(holder);
			partitionOf(this.#writes, table, partition).set(key, row);
		};
		const visible = (): (Map<string, Tables[Name] | undefined> | undefined)[] =>
			[this.#writes, ...this.#facts.below].map((layer) => layer[table].get(partition));
		return {
			get: (key) =>
				visible()
					.find((rows) => rows?.has(key) === true)
					?.get(key),
			all: () => overlaid(visible().filter((rows) => rows !== undefined)),
			put: write,
			remove: (key) => {
				write(key, undefined);
			},
		};
	}

	/** A part that is kept only when `isKept` says so of its result: PostgreSQL's savepoint. */
	part<Result>(work: (part: Step) => Result, isKept: (result: Result) => boolean): Result {
		const part = new Step({ ...this.#facts, below: [this.#writes, ...this.#facts.below] });
		const result = work(part);
		if (isKept(result)) {
			pourAll(part.writes, this.#writes);
			this.#topics.push(...part.topics);
		}
		return result;
	}
}

export interface MemoryStateOptions {
	readonly clock: Clock;
	/** Called after each commit with what was promised to be woken. */
	readonly onCommit: (topics: readonly WakeTopic[]) => void;
}

export class MemoryState {
	readonly #options: MemoryStateOptions;
	readonly #committed = emptyLayer();
	readonly #open = new Map<MemoryTransaction, OpenTransaction>();
	readonly #locks = new Map<string, MemoryTransaction>();
	readonly #sequences = new Map<string, number>();
	readonly #newestMessages = new Map<string, number>();

	constructor(options: MemoryStateOptions) {
		this.#options = options;
	}

	/** Runs one step: as a whole at once, or as a part of the caller's transaction. A step that throws changes nothing. */
	async step<Result>(work: (step: Step) => Result, tx?: MemoryTransaction): Promise<Result> {
		for (;;) {
			const step = this.#newStep(tx);
			try {
				const result = work(step);
				this.#apply(step, tx);
				return result;
			} catch (error) {
				if (!(error instanceof RowLocked)) throw error;
				await this.#waitFor(error.holder, tx);
			}
		}
	}

	/** Runs `work` in a transaction: commits what it did, or rolls back when it throws, and throws on. */
	async transaction<Result>(work: (tx: MemoryTransaction) => Promise<Result>): Promise<Result> {
		const tx: MemoryTransaction = { startedAt: new Date(this.#options.clock.now()) };
		const { promise, resolve } = Promise.withResolvers<undefined>();
		const open = { writes: emptyLayer(), topics: [], ended: promise, end: resolve, waitsFor: undefined };
		this.#open.set(tx, open);
		try {
			const result = await work(tx);
			this.#store(open.writes);
			this.#options.onCommit(open.topics);
			return result;
		} finally {
			this.#open.delete(tx);
			for (const lock of locksOf(open.writes)) this.#locks.delete(lock);
			open.end(undefined);
		}
	}

	#newStep(tx: MemoryTransaction | undefined): Step {
		return new Step({
			now: new Date(this.#options.clock.now()),
			below: tx === undefined ? [this.#committed] : [this.#opened(tx).writes, this.#committed],
			lockHolder: (lock) => {
				const holder = this.#locks.get(lock);
				return holder === tx ? undefined : holder;
			},
			nextId: (sequence) => {
				const next = (this.#sequences.get(sequence) ?? 0) + 1;
				this.#sequences.set(sequence, next);
				return String(next);
			},
			lastId: (sequence) => this.#sequences.get(sequence) ?? 0,
		});
	}

	#apply(step: Step, tx: MemoryTransaction | undefined): void {
		if (tx === undefined) {
			this.#store(step.writes);
			this.#options.onCommit(step.topics);
			return;
		}
		const open = this.#opened(tx);
		pourAll(step.writes, open.writes);
		open.topics.push(...step.topics);
		for (const lock of locksOf(step.writes)) this.#locks.set(lock, tx);
	}

	#opened(tx: MemoryTransaction): OpenTransaction {
		const open = this.#open.get(tx);
		if (open !== undefined) return open;
		throw new StoreError('The transaction is over; nothing was done. Await every call inside it.', {
			reason: 'unknown',
			isRetryable: false,
		});
	}

	/** Waits until the holder of a lock has ended, unless the two would wait for each other. */
	async #waitFor(holder: MemoryTransaction, tx: MemoryTransaction | undefined): Promise<void> {
		for (let next: MemoryTransaction | undefined = holder; next !== undefined; next = this.#open.get(next)?.waitsFor) {
			if (next !== tx) continue;
			throw new StoreError('Two transactions wait for each other; this one was refused. Repeat it.', {
				reason: 'deadlock',
				isRetryable: true,
			});
		}
		const waiting = tx === undefined ? undefined : this.#opened(tx);
		if (waiting !== undefined) waiting.waitsFor = holder;
		await this.#open.get(holder)?.ended;
		if (waiting !== undefined) waiting.waitsFor = undefined;
	}

	#store(writes: Layer): void {
		const queuesOutOfOrder = [...writes.messages].filter(([queue, rows]) => this.#isBehind(queue, rows));
		pourAll(writes, this.#committed);
		for (const table of tableNames) dropRemoved(table, writes, this.#committed);
		for (const [queue] of queuesOutOfOrder) sortById(this.#committed, queue);
	}

	/** A transaction that sent early and committed late brings in a message older than the newest of its queue. */
	#isBehind(queue: string, rows: ReadonlyMap<string, unknown>): boolean {
		const known = this.#committed.messages.get(queue);
		const added = [...rows.keys()].filter((key) => known?.has(key) !== true).map(Number);
		const newest = this.#newestMessages.get(queue) ?? 0;
		this.#newestMessages.set(
			queue,
			added.reduce((highest, id) => Math.max(highest, id), newest),
		);
		return added.some((id) => id < newest);
	}
}

function lockOf(table: TableName, partition: string, key: string): string {
	return `${table}\n${partition}\n${key}`;
}

function locksOf(writes: Layer): readonly string[] {
	return tableNames.flatMap((table) =>
		[...writes[table]].flatMap(([partition, rows]) => [...rows.keys()].map((key) => lockOf(table, partition, key))),
	);
}

function partitionOf<Name extends TableName>(
	layer: Layer,
	table: Name,
	partition: string,
): Map<string, Tables[Name] | undefined> {
	const partitions = layer[table];
	const known = partitions.get(partition);
	if (known !== undefined) return known;
	const rows = new Map<string, Tables[Name] | undefined>();
	partitions.set(partition, rows);
	return rows;
}

/** The rows of several layers, topmost first, as one list: what is lowest comes first, each in its newest version. */
function* overlaid<Row>(layers: readonly ReadonlyMap<string, Row | undefined>[]): Iterable<Row> {
	for (let depth = layers.length - 1; depth >= 0; depth--) {
		const lower = layers.slice(depth + 1);
		for (const key of layers[depth]?.keys() ?? []) {
			if (lower.some((rows) => rows.has(key))) continue;
			const row = layers.find((rows) => rows.has(key))?.get(key);
			if (row !== undefined) yield row;
		}
	}
}

function pourAll(from: Layer, into: Layer): void {
	for (const table of tableNames) pour(table, from, into);
}

function pour<Name extends TableName>(table: Name, from: Pick<Layer, Name>, into: Layer): void {
	for (const [partition, rows] of from[table]) {
		const target = partitionOf(into, table, partition);
		for (const [key, row] of rows) target.set(key, row);
	}
}

function dropRemoved(table: TableName, written: Layer, committed: Layer): void {
	for (const [partition, rows] of written[table]) {
		const target = committed[table].get(partition);
		for (const [key, row] of rows) if (row === undefined) target?.delete(key);
	}
}

function sortById(layer: Layer, queue: string): void {
	const rows = layer.messages.get(queue) ?? new Map<string, never>();
	layer.messages.set(queue, new Map([...rows].sort(([a], [b]) => Number(a) - Number(b))));
}
