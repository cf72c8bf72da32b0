/** The sending process of any system: fills its queue, or sends as fast as it can, or at a pace. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { parametersOf, serve, sharedNow } from '../child.ts';
import { loadSystem } from '../systems/index.ts';
import type { BulkOptions, Payload, Purpose, SystemName } from '../systems/system.ts';

export interface SenderParameters {
	readonly system: SystemName;
	readonly url: string;
	readonly purpose: Purpose;
}

export type SendingMode = 'alone' | 'in-transaction' | 'in-bulk';

export interface RateRequest {
	readonly mode: SendingMode;
	readonly callers: number;
	readonly warmUpMs: number;
	readonly milliseconds: number;
}

interface PaceRequest {
	readonly perSecond: number;
	readonly milliseconds: number;
	/** One call per tick instead of one per command. */
	readonly inBulk?: boolean;
}

export interface Sent {
	readonly count: number;
	readonly milliseconds: number;
	/** The whole number that were sent, warm-up included. */
	readonly total: number;
}

export interface SenderAnswers {
	readonly fill: undefined;
	readonly rate: Sent;
	readonly pace: Sent;
}

const bulkSize = 1_000;
const fillCallers = 50;
const tickMs = 5;

const { system, url, purpose } = parametersOf() as SenderParameters;
const sender = await (await loadSystem(system)).openSender(url, purpose);
let lastNumber = 0;

serve({ fill, rate, pace });

function payload(): Payload {
	return { number: ++lastNumber, sentAt: sharedNow() };
}

async function fill({ count, ...options }: BulkOptions & { readonly count: number }): Promise<void> {
	if (options.asBatch === true) {
		await sender.sendMany?.(Array.from({ length: count }, payload), options);
		return;
	}
	let left = count;
	await fromCallers(sender.sendMany === undefined ? fillCallers : 1, async () => {
		const size = Math.min(left, sender.sendMany === undefined ? 1 : bulkSize);
		if (size === 0) return false;
		left -= size;
		await (sender.sendMany?.(Array.from({ length: size }, payload), options) ?? sender.send(payload()));
		return true;
	});
}

/** Counts what is sent within the time, after a warm-up, by callers that each wait for their call before they make the next. */
async function rate({ mode, callers, warmUpMs, milliseconds }: RateRequest): Promise<Sent> {
	const from = performance.now() + warmUpMs;
	const until = from + milliseconds;
	let count = 0;
	let total = 0;
	let last = from;
	const open = openCalls[mode];
	const calls = await Promise.all(Array.from({ length: callers }, open));
	const loop = async (call: Call): Promise<void> => {
		while (performance.now() < until) {
			const sent = await call.send();
			const now = performance.now();
			total += sent;
			if (now < from || now > until) continue;
			count += sent;
			last = now;
		}
	};
	await Promise.all(calls.map(loop));
	await Promise.all(calls.map((call) => call.close()));
	return { count, milliseconds: Math.max(last - from, 1), total };
}

interface Call {
	readonly send: () => Promise<number>;
	readonly close: () => Promise<void>;
}

const openCalls: Readonly<Record<SendingMode, () => Promise<Call>>> = {
	alone: () => Promise.resolve({ send: () => sender.send(payload()).then(() => 1), close: () => Promise.resolve() }),
	'in-bulk': () =>
		Promise.resolve({
			send: async () => {
				await sender.sendMany?.(Array.from({ length: bulkSize }, payload), {});
				return bulkSize;
			},
			close: () => Promise.resolve(),
		}),
	async 'in-transaction'() {
		const client = new Client({ connectionString: url });
		await client.connect();
		return { send: () => sendWithRow(client), close: () => client.end() };
	},
};

/** What a service does: a row of its own and the command for it, both or neither. */
async function sendWithRow(client: Client): Promise<number> {
	const sent = payload();
	await client.query('begin');
	await client.query({
		name: 'business',
		text: 'insert into business (number, note) values ($1::bigint, $2::text)',
		values: [sent.number, 'a row of the caller'],
	});
	await sender.sendInTransaction?.(client, sent);
	await client.query('commit');
	return 1;
}

/** Open loop: what is due is sent whether or not earlier sends have returned. */
async function pace({ perSecond, milliseconds, inBulk = false }: PaceRequest): Promise<Sent> {
	const start = performance.now();
	const wanted = Math.round((perSecond * milliseconds) / 1_000);
	const sends: Promise<unknown>[] = [];
	let count = 0;
	while (count < wanted) {
		const due = Math.min(wanted, Math.floor(((performance.now() - start) * perSecond) / 1_000) + 1);
		const payloads = Array.from({ length: due - count }, payload);
		count = due;
		if (inBulk && sender.sendMany !== undefined && payloads.length > 0) sends.push(sender.sendMany(payloads, {}));
		else sends.push(...payloads.map((one) => sender.send(one)));
		await sleep(Math.max(1, Math.min(tickMs, start + (count * 1_000) / perSecond - performance.now())));
	}
	await Promise.all(sends);
	return { count, milliseconds: performance.now() - start, total: count };
}

async function fromCallers(callers: number, call: () => Promise<boolean>): Promise<void> {
	const loop = async (): Promise<void> => {
		while (await call());
	};
	await Promise.all(Array.from({ length: callers }, loop));
}
