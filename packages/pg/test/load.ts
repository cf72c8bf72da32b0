/** Commands under load whose handler books a row: what is lost or doubled on the way can be counted afterwards. */
import { randomUUID } from 'node:crypto';
import { createCommandBus, createHandlers, createWorker, defineCommand, isCommandBusError } from '@cb/core';
import type { CommandBus, CommandDefinition, Worker } from '@cb/core';
import { expect, onTestFinished } from 'vitest';
import { z } from 'zod';
import type { PgBackend, Queryable } from '../src/index.ts';

export type Book = CommandDefinition<{ n: number }>;

export function defineBook(domain: string): Book {
	return defineCommand({ domain, type: 'Book', data: z.object({ n: z.int() }) });
}

/** Without a key on purpose: a command that takes effect twice leaves two rows. */
export const bookingTable = 'create table booking (command_id uuid not null)';

export interface Load {
	readonly worker: Worker;
	/** Ids of the commands that were accepted. */
	readonly sent: readonly string[];
	/** Stops sending and waits until everything accepted has ended. */
	finish(): Promise<void>;
}

/** Sends from `callers` at once, each command until it is accepted, and works them off. */
export async function startLoad(backend: PgBackend, definition: Book, callers: number): Promise<Load> {
	const { domain } = definition;
	const bus = createCommandBus(backend);
	const handlers = createHandlers<Queryable>().on(definition, ({ commandId }, { transaction }) =>
		transaction(async (tx) => {
			await tx.query('insert into booking (command_id) values ($1::uuid)', [commandId]);
		}),
	);
	const worker = createWorker({
		backend,
		domain,
		handlers,
		concurrency: 20,
		leaseSeconds: 2,
		pollIntervalMs: 100,
		retry: { maxAttempts: 100, backoff: { kind: 'fixed', delaysSeconds: [0] } },
	});
	await worker.start();
	onTestFinished(async () => {
		await worker.stop({ timeoutMs: 1_000 });
	});
	const stopping = new AbortController();
	const sent: string[] = [];
	const sending = Array.from({ length: callers }, async (_, caller) => {
		while (!stopping.signal.aborted) sent.push(await sendUntilAccepted(bus, definition, caller));
	});

	return {
		worker,
		sent,
		async finish() {
			stopping.abort();
			await Promise.all(sending);
			await expect.poll(() => unfinishedCount(bus, domain), { timeout: 90_000, interval: 100 }).toBe(0);
		},
	};
}

/** As a careful caller does: the same id until it is known to be stored. */
async function sendUntilAccepted(bus: CommandBus<Queryable>, definition: Book, n: number): Promise<string> {
	const commandId = randomUUID();
	const options = { commandId, replyTo: `${definition.domain}__replies`, onDuplicate: 'return-existing' } as const;
	for (;;) {
		try {
			await bus.send(definition, { n }, options);
			return commandId;
		} catch (error) {
			if (!isCommandBusError(error, 'store') || !error.isRetryable) throw error;
		}
	}
}

async function unfinishedCount(bus: CommandBus<Queryable>, domain: string): Promise<number | undefined> {
	try {
		const pages = await Promise.all(
			(['PENDING', 'IN_PROGRESS', 'IN_TROUBLESHOOTING_QUEUE'] as const).map((status) =>
				bus.list({ domain, status }, { limit: 1_000 }),
			),
		);
		return pages.reduce((count, { items }) => count + items.length, 0);
	} catch (error) {
		if (isCommandBusError(error, 'store')) return undefined;
		throw error;
	}
}

export interface Tally {
	readonly commands: number;
	readonly completed: number;
	readonly bookings: number;
	readonly booked: number;
	readonly replies: number;
	readonly replied: number;
	readonly completions: number;
	readonly messages: number;
}

/** All counts of a run in which nothing was lost and nothing was doubled. */
export function exactly(count: number): Tally {
	return {
		commands: count,
		completed: count,
		bookings: count,
		booked: count,
		replies: count,
		replied: count,
		completions: count,
		messages: 0,
	};
}

type Query = (text: string, values?: unknown[]) => Promise<readonly Readonly<Record<string, unknown>>[]>;

export async function tallyOf(query: Query, domain: string): Promise<unknown> {
	const [tally] = await query(
		`select
			(select count(*)::integer from cb.command where domain = $1) as commands,
			(select count(*)::integer from cb.command where domain = $1 and status = 'COMPLETED') as completed,
			(select count(*)::integer from booking) as bookings,
			(select count(distinct command_id)::integer from booking) as booked,
			(select count(*)::integer from pgmq.q_${domain}__replies) as replies,
			(select count(distinct message ->> 'command_id')::integer from pgmq.q_${domain}__replies) as replied,
			(select count(*)::integer from cb.command_audit where domain = $1 and type = 'COMPLETED') as completions,
			(select count(*)::integer from pgmq.q_${domain}__commands) as messages`,
		[domain],
	);
	return tally;
}
