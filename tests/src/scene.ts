/** What a test file has around it: a database of its own, a backend and a bus. All that is opened is closed after its last test. */
import { ReplyMessageSchema, createCommandBus, createWorker, domainQueues } from '@cb/core';
import type { CommandAddress, CommandBus, ReplyMessage, WorkerOptions } from '@cb/core';
import { createPgBackend } from '@cb/pg';
import type { PgBackend, PgBackendOptions, Queryable } from '@cb/pg';
import { createReplyRouter } from '@cb/process';
import type { ReplyRouterOptions } from '@cb/process';
import { Client } from 'pg';
import { afterAll } from 'vitest';

export type Row = Readonly<Record<string, unknown>>;

export interface OpenedDatabase {
	readonly url: string;
	drop(): Promise<void>;
}

export interface Scene {
	readonly url: string;
	readonly backend: PgBackend;
	readonly bus: CommandBus<Queryable>;
	/** On a connection that belongs to the test alone. */
	query: (text: string, values?: readonly unknown[]) => Promise<readonly Row[]>;
	/** The first column of the first row, as a number. */
	count: (text: string, values?: readonly unknown[]) => Promise<number>;
	connect: () => Promise<Client>;
	openBackend: (options?: Partial<PgBackendOptions>) => PgBackend;
	/** A new domain, so that the tests of one file do not meet. */
	newDomain: () => Promise<string>;
	startWorker: (
		options: Partial<WorkerOptions<Queryable>> & Pick<WorkerOptions<Queryable>, 'domain' | 'handlers'>,
	) => Promise<Stoppable>;
	startRouter: (options: Partial<RouterOptions> & Pick<RouterOptions, 'domain' | 'definitions'>) => Promise<Stoppable>;
	onClose: (close: () => Promise<unknown>) => void;
}

type RouterOptions = ReplyRouterOptions<Queryable>;

interface Stoppable {
	stop(): Promise<unknown>;
}

/** Short enough that nobody waits, long enough that notifications are what wakes. */
const pollIntervalMs = 200;

/** To be called once, at the top of a test file. */
export async function openScene(database: OpenedDatabase): Promise<Scene> {
	const { url } = database;
	const closing: (() => Promise<unknown>)[] = [() => database.drop()];
	afterAll(async () => {
		for (const close of closing.toReversed()) await close();
	});

	async function connect(): Promise<Client> {
		const client = new Client({ connectionString: url });
		client.on('error', () => undefined);
		await client.connect();
		closing.push(() => client.end().catch(() => undefined));
		return client;
	}
	function openBackend(options: Partial<PgBackendOptions> = {}): PgBackend {
		const backend = createPgBackend({ connection: url, ...options });
		closing.push(() => backend.close());
		return backend;
	}
	async function started<Started extends Stoppable & { start(): Promise<void> }>(one: Started): Promise<Started> {
		await one.start();
		closing.push(() => one.stop());
		return one;
	}

	const client = await connect();
	const backend = openBackend({ maxConnections: 12 });
	const bus = createCommandBus(backend);
	closing.push(() => bus.close());
	let domains = 0;
	const query: Scene['query'] = async (text, values = []) => (await client.query<Row>(text, [...values])).rows;

	return {
		url,
		backend,
		bus,
		query,
		count: async (text, values) => Number(Object.values((await query(text, values))[0] ?? {})[0]),
		connect,
		openBackend,
		async newDomain() {
			domains++;
			await backend.domains.create(`domain_${domains}`);
			return `domain_${domains}`;
		},
		startWorker: (options) => started(createWorker({ backend, pollIntervalMs, ...options })),
		startRouter: (options) => started(createReplyRouter({ backend, pollIntervalMs, ...options })),
		onClose: (close) => closing.push(close),
	};
}

/** The replies that lie on the domain's default reply queue, oldest first: what a sender would receive. */
export async function repliesIn(
	{ query }: Scene,
	domain: string,
	commandId?: string,
): Promise<readonly ReplyMessage[]> {
	const rows = await query(
		`select q.message from pgmq.q_${domainQueues(domain).replies} q
		where $1::text is null or q.message ->> 'command_id' = $1::text order by q.msg_id`,
		[commandId ?? null],
	);
	return rows.map(({ message }) => ReplyMessageSchema.parse(message));
}

/** How many messages of the command lie on its queue. */
export async function queuedCount({ count }: Scene, { domain, commandId }: CommandAddress): Promise<number> {
	return count(
		`select count(*) from pgmq.q_${domainQueues(domain).commands} q where q.message ->> 'command_id' = $1::text`,
		[commandId],
	);
}
