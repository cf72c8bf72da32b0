/** The ways of sending, each told to the ledger before and after. */
import { commandRequest, isCommandBusError } from '@cb/core';
import type { CommandBus } from '@cb/core';
import type { Queryable } from '@cb/pg';
import type { ProcessManager } from '@cb/process';
import { randomUUID } from 'node:crypto';
import type { PoolClient } from 'pg';
import type { LedgerFile } from '../ledger/ledger-file.ts';
import type { SentLine } from '../ledger/ledger-line.ts';
import { Book, Look, Risk, completionQueue, domain, replyQueue } from '../load/commands.ts';
import { Purchase } from '../load/purchase.ts';
import { between, oneOf, shuffled } from '../seeded-random.ts';
import type { Random } from '../seeded-random.ts';
import { pause } from '../waiting.ts';
import type { ApplicationPool } from './application-pool.ts';
import { outcomeOf } from './outcome.ts';
import type { Outcome } from './outcome.ts';

export interface SendTools {
	readonly bus: CommandBus<Queryable>;
	readonly processes: ProcessManager<Queryable>;
	readonly pool: ApplicationPool;
	readonly ledger: LedgerFile;
	readonly random: Random;
	readonly signal: AbortSignal;
}

const memberCount = 6;
const rememberedCount = 200;
const repeatAfterMs = 300;
const mostRepeats = 10;

type Kind = 'look' | 'book' | 'risk' | 'own-transaction' | 'again' | 'withdrawn' | 'batch' | 'purchase';

/** How often each kind comes in fifty sends: always the same, so that the load is the same before a fault and after it. */
const shares: Readonly<Record<Kind, number>> = {
	look: 20,
	book: 11,
	risk: 6,
	'own-transaction': 3,
	again: 2,
	withdrawn: 2,
	batch: 2,
	purchase: 4,
};
const kinds = Object.keys(shares) as readonly Kind[];
const deck: readonly Kind[] = kinds.flatMap((kind) => Array.from({ length: shares[kind] }, () => kind));

/** One send at a time of a kind drawn by lot. Nothing here rejects for what the store does. */
export class Sends {
	readonly #tools: SendTools;
	readonly #accepted: string[] = [];
	readonly #deck: Kind[] = [];
	readonly #send: Readonly<Record<Kind, () => Promise<void>>> = {
		look: () => this.#single(Look),
		book: () => this.#single(Book),
		risk: () => this.#single(Risk),
		'own-transaction': () => this.#inOwnTransaction(),
		again: () => this.#again(),
		withdrawn: () => this.#withdrawn(),
		batch: () => this.#batch(),
		purchase: () => this.#purchase(),
	};

	constructor(tools: SendTools) {
		this.#tools = tools;
	}

	any(): Promise<void> {
		const kind = this.#deck.pop() ?? 'look';
		if (this.#deck.length === 0) this.#deck.push(...shuffled(this.#tools.random, deck));
		return this.#send[kind]();
	}

	/** Tries, and where nobody knows, sometimes tries again in a way that is safe to repeat. */
	async #told(line: About, call: () => Promise<unknown>): Promise<boolean> {
		const { random, signal } = this.#tools;
		this.#write({ ...line, phase: 'tried' });
		let outcome = await outcomeOf(call);
		const repeats = random() < 0.5 ? mostRepeats : 0;
		for (let repeat = 0; outcome.phase === 'unknown' && repeat < repeats && !signal.aborted; repeat++) {
			await pause(repeatAfterMs, signal);
			outcome = await outcomeOf(call);
		}
		this.#write({ ...line, ...outcome, phase: phaseOf(outcome) });
		return outcome.phase === 'done';
	}

	async #single(definition: typeof Look): Promise<void> {
		const { bus, random } = this.#tools;
		const commandId = randomUUID();
		const replyTo = random() < 0.9 ? replyQueue : undefined;
		const options = { commandId, replyTo, onDuplicate: 'return-existing' } as const;
		const send = (): Promise<unknown> => bus.send(definition, this.#data(), options);
		if (!(await this.#told({ id: commandId, what: 'command' }, send))) return;
		this.#accepted.push(commandId);
		if (this.#accepted.length > rememberedCount) this.#accepted.shift();
	}

	/** A second send of what was accepted must be refused. */
	async #again(): Promise<void> {
		const { bus, random } = this.#tools;
		const commandId = oneOf(random, this.#accepted);
		if (commandId === undefined) return;
		await this.#told({ id: commandId, what: 'repeat' }, () =>
			bus.send(Book, this.#data(), { commandId, replyTo: replyQueue }),
		);
	}

	/** Business row and command together, in a transaction of the application; some are rolled back. */
	async #inOwnTransaction(): Promise<void> {
		const { bus, random, pool } = this.#tools;
		const commandId = randomUUID();
		const isRolledBack = random() < 0.2;
		const line = { id: commandId, what: 'command' } as const;
		this.#write({ ...line, phase: 'tried' });
		const outcome = await inTransaction(pool, isRolledBack, async (tx) => {
			await tx.query('insert into chaos.purchase (command_id) values ($1::uuid)', [commandId]);
			await bus.send(Book, this.#data(), { commandId, replyTo: replyQueue, tx });
		});
		this.#write({ ...line, ...outcome });
	}

	async #batch(): Promise<void> {
		const { bus } = this.#tools;
		const batchId = randomUUID();
		const members = Array.from({ length: memberCount }, () => randomUUID());
		const commands = members.map((commandId, index) =>
			commandRequest(index % 3 === 0 ? Risk : Book, this.#data(), { commandId, replyTo: replyQueue }),
		);
		await this.#told({ id: batchId, what: 'batch', members }, () =>
			bus.createBatch({ batchId, commands, completionQueue }).catch((error: unknown) => {
				// A repeat that finds the batch there knows what it wanted to know.
				if (!isCommandBusError(error, 'duplicate-batch')) throw error;
			}),
		);
	}

	async #purchase(): Promise<void> {
		const { processes } = this.#tools;
		const processId = randomUUID();
		await this.#told({ id: processId, what: 'process' }, () =>
			processes.start(Purchase, this.#data(), { processId, businessKey: processId }),
		);
	}

	/** Sent for later, and taken back before or after a worker has it. */
	async #withdrawn(): Promise<void> {
		const { bus, random, signal } = this.#tools;
		const commandId = randomUUID();
		const options = { commandId, replyTo: replyQueue, delaySeconds: 0.4, onDuplicate: 'return-existing' } as const;
		const send = (): Promise<unknown> => bus.send(Book, this.#data(), options);
		if (!(await this.#told({ id: commandId, what: 'command' }, send))) return;
		await pause(between(random, 0, 500), signal);
		const line = { id: commandId, what: 'cancel' } as const;
		this.#write({ ...line, phase: 'tried' });
		const outcome = await outcomeOf(() => bus.cancel({ domain, commandId }));
		this.#write({ ...line, ...outcome, phase: phaseOf(outcome) });
	}

	#data(): { number: number } {
		return { number: between(this.#tools.random, 1, 1_000_000) };
	}

	#write(line: Omit<SentLine, 'ledger'>): void {
		this.#tools.ledger.write({ ledger: 'sent', ...line });
	}
}

type About = Omit<SentLine, 'ledger' | 'phase'>;

function phaseOf({ phase }: Outcome): SentLine['phase'] {
	return phase === 'done' ? 'accepted' : phase;
}

type OwnOutcome = Pick<SentLine, 'phase' | 'why'>;

/** Whatever fails before the commit has stored nothing; a commit that fails may have. */
async function inTransaction(
	pool: ApplicationPool,
	isRolledBack: boolean,
	work: (tx: PoolClient) => Promise<void>,
): Promise<OwnOutcome> {
	const tx = await pool.connect().catch(() => undefined);
	if (tx === undefined) return { phase: 'refused', why: 'no connection' };
	let outcome: OwnOutcome = { phase: 'refused', why: 'failed before the commit' };
	try {
		await tx.query('begin');
		await work(tx);
		if (isRolledBack) {
			await tx.query('rollback');
			outcome = { phase: 'refused', why: 'rolled back' };
		} else {
			outcome = { phase: 'unknown', why: 'the commit failed' };
			await tx.query('commit');
			outcome = { phase: 'accepted' };
		}
		tx.release();
	} catch {
		tx.release(true);
	}
	return outcome;
}
