/** What is attacked: the same backend twice, in memory and on PostgreSQL, with a look at everything that is stored. */
import { createCommandBus, domainQueues, isCommandBusError } from '@cb/core';
import type { Backend, CommandBus } from '@cb/core';
import { createInMemorySubject } from '@cb/core/memory';
import type { InMemorySubject } from '@cb/core/memory';
import { freshDatabase } from '@cb/test-postgres/vitest';
import { expect } from 'vitest';
import { openScene } from '../../src/scene.ts';

export const domain = 'payments';
export const replyQueue = domainQueues(domain).replies;

export interface Target {
	readonly name: string;
	readonly backend: Backend;
	readonly bus: CommandBus;
	/** Every row that there is, in a form that can be compared. */
	readonly everything: () => Promise<unknown>;
}

export async function openTargets(): Promise<readonly Target[]> {
	const targets = [memoryTarget(createInMemorySubject()), await postgresTarget()];
	for (const { backend } of targets) await backend.domains.create(domain);
	return targets;
}

function memoryTarget(subject: InMemorySubject): Target {
	const { backend } = subject;
	return {
		name: 'in memory',
		backend,
		bus: createCommandBus(backend),
		everything: () => everythingIn(subject),
	};
}

export async function everythingIn(subject: InMemorySubject): Promise<unknown> {
	const { backend } = subject;
	const { commands, replies, processReplies } = domainQueues(domain);
	const queues = [commands, replies, processReplies];
	return Promise.all([
		backend.domains.list(),
		backend.queries.list({}, { limit: 1_000 }),
		backend.troubleshooting.list({}, { limit: 1_000 }),
		backend.troubleshooting.listBulks({ limit: 1_000 }),
		backend.batches.list({}, { limit: 1_000 }),
		backend.processes.list({}, { limit: 1_000 }),
		backend.replies.listUnhandled(undefined, 1_000),
		...queues.map((queue) => subject.messages(queue)),
		...queues.map((queue) => subject.archived(queue)),
	]);
}

async function postgresTarget(): Promise<Target> {
	const scene = await openScene(await freshDatabase());
	return { name: 'on PostgreSQL', backend: scene.backend, bus: scene.bus, everything: () => digestOf(scene.query) };
}

type Query = (text: string, values?: readonly unknown[]) => Promise<readonly Readonly<Record<string, unknown>>[]>;

/** One digest per table of `cb` and `pgmq`, and of other schemas where they are named, over all its rows: a changed row is seen, not only a new one. */
export async function digestOf(
	query: Query,
	schemas: readonly string[] = ['cb', 'pgmq'],
): Promise<Readonly<Record<string, unknown>>> {
	const tables = await query(
		`select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname = any ($1) order by 1`,
		[schemas],
	);
	const digests = tables.map(
		({ name }) =>
			`select '${String(name)}' as name, md5(string_agg(t::text, ',' order by t::text)) as digest from ${String(name)} t`,
	);
	const rows = await query(digests.join(' union all '));
	return Object.fromEntries(rows.map((row) => [String(row['name']), row['digest']]));
}

export type Outcome<Value> =
	{ readonly kind: 'done'; readonly value: Value } | { readonly kind: 'refused'; readonly code: string };

/** What became of a call; an error without a name fails the test. */
export async function outcomeOf<Value>(call: () => Value | Promise<Value>): Promise<Outcome<Value>> {
	try {
		return { kind: 'done', value: await call() };
	} catch (error) {
		if (!isCommandBusError(error))
			expect.fail(`an error without a name: ${String(error)}\n${error instanceof Error ? (error.stack ?? '') : ''}`);
		return { kind: 'refused', code: error.code };
	}
}
