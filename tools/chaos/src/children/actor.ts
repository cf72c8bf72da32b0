/** One operator: acts on what is parked, command by command, and where told to also in bulk. */
import { isCommandBusError } from '@cb/core';
import type { TroubleshootingItem } from '@cb/core';
import type { createTroubleshootingQueue } from '@cb/ops';
import { randomUUID } from 'node:crypto';
import type { ActedLine } from '../ledger/ledger-line.ts';
import { domain } from '../load/commands.ts';
import { oneOf, seededRandom } from '../seeded-random.ts';
import type { Random } from '../seeded-random.ts';
import { pause } from '../waiting.ts';
import type { ChildTools } from './child-program.ts';
import { outcomeOf } from './outcome.ts';

type Queue = ReturnType<typeof createTroubleshootingQueue>;

const restMs = 100;
const bulkEveryMs = 1_500;

export async function actUntil(signal: AbortSignal, actor: Actor): Promise<void> {
	while (!signal.aborted) {
		await actor.actOnce();
		await pause(restMs, signal);
	}
}

export class Actor {
	readonly #tools: ChildTools;
	readonly #queue: Queue;
	readonly #random: Random;
	readonly #operator: { readonly id: string };
	readonly #actsInBulk: boolean;
	#lastBulkAt = performance.now();

	constructor(tools: ChildTools, queue: Queue, index: number) {
		const { name, seed, actsInBulk } = tools.settings;
		this.#tools = tools;
		this.#queue = queue;
		this.#random = seededRandom(seed + index);
		this.#operator = { id: `${name} ${index}` };
		this.#actsInBulk = actsInBulk && index === 0;
	}

	async actOnce(): Promise<void> {
		if (this.#actsInBulk && performance.now() - this.#lastBulkAt > bulkEveryMs) {
			this.#lastBulkAt = performance.now();
			await this.#bulk();
		}
		const page = await this.#queue.list({ domain, limit: 20 }).catch(() => undefined);
		const item = oneOf(this.#random, page?.items ?? []);
		if (item !== undefined) await this.#act(item);
	}

	/** On what the page said, sometimes without caring for its version, always with an id that makes a repeat safe. */
	async #act(item: TroubleshootingItem): Promise<void> {
		const action = oneOf(this.#random, ['retry', 'retry', 'cancel', 'complete'] as const) ?? 'retry';
		const said = {
			domain,
			commandId: item.commandId,
			operator: this.#operator,
			requestId: randomUUID(),
			...(this.#random() < 0.5 ? { expectedVersion: item.version } : {}),
		};
		const line = { ledger: 'acted', id: item.commandId, action, operator: this.#operator.id } as const;
		const call = (): Promise<unknown> => {
			if (action === 'retry') return this.#queue.retry(said);
			if (action === 'cancel') return this.#queue.cancel({ ...said, reason: `${this.#operator.id} says so` });
			return this.#queue.complete({ ...said, result: { token: `operator ${this.#operator.id}` } });
		};
		await this.#told(line, call);
	}

	/** Nobody knows what came of an act that was interrupted; asking again with the same request id tells. */
	async #told(line: Omit<ActedLine, 'phase'>, call: () => Promise<unknown>): Promise<void> {
		const { ledger } = this.#tools;
		ledger.write({ ...line, phase: 'tried' });
		const first = await outcomeOf(call);
		const last = first.phase === 'unknown' && this.#random() < 0.5 ? await outcomeOf(call) : first;
		ledger.write({ ...line, ...last });
	}

	/** Freezes what is parked now, and starts it; the runner of any operator process works it off. */
	async #bulk(): Promise<void> {
		const { ledger } = this.#tools;
		const operator = { id: `${this.#operator.id}, in bulk` };
		const action = oneOf(this.#random, [
			{ action: 'retry' } as const,
			{ action: 'cancel', reason: 'all of them' } as const,
			{ action: 'complete', result: { token: `operator ${operator.id}` } } as const,
		]);
		if (action === undefined) return;
		try {
			const { bulkId, count, digest } = await this.#queue.bulk.preview({ filter: { domain }, action, operator });
			if (count < 2) return;
			const line = { ledger: 'bulk', id: bulkId, operator: operator.id } as const;
			ledger.write({ ...line, phase: 'tried' });
			ledger.write({ ...line, ...(await outcomeOf(() => this.#queue.bulk.start(bulkId, digest, { operator }))) });
		} catch (error) {
			if (!isCommandBusError(error, 'store')) throw error;
		}
	}
}
