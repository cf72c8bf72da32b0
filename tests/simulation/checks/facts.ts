/** Everything the store holds when a run is over, read without any network. */
import { domainQueues } from '@cb/core';
import type {
	AuditEvent,
	BatchEvent,
	BatchRecord,
	BulkItem,
	BulkRecord,
	CommandRecord,
	JsonValue,
	ProcessEvent,
	ProcessRecord,
	StepRecord,
	UnhandledReply,
} from '@cb/core';
import type { Ledger } from './ledger.ts';
import { domain, doneQueue } from '../cast/shop.ts';
import type { World } from '../world.ts';

/** A reply as it lies on the queue of whoever sent the command. */
export interface ReplyFacts {
	readonly reply_id: string;
	readonly command_id: string;
	readonly generation: number;
	readonly outcome: string;
	readonly correlation_id: string;
	readonly data: JsonValue;
}

export interface Facts {
	readonly ledger: Ledger;
	readonly commands: ReadonlyMap<string, CommandFacts>;
	readonly batches: readonly { readonly batch: BatchRecord; readonly events: readonly BatchEvent[] }[];
	readonly bulks: readonly { readonly bulk: BulkRecord; readonly items: readonly BulkItem[] }[];
	readonly processes: readonly ProcessFacts[];
	/** Of batches that have finished. */
	readonly doneBatchIds: readonly string[];
	readonly unhandled: readonly UnhandledReply[];
	/** Commands and answers on their way; none are when nothing moves any more. */
	readonly leftMessageCount: number;
}

export interface CommandFacts {
	readonly record: CommandRecord;
	readonly trail: readonly AuditEvent[];
	/** On the reply queue of the domain; processes consume theirs. */
	readonly replies: readonly ReplyFacts[];
}

export interface ProcessFacts {
	readonly process: ProcessRecord;
	readonly steps: readonly StepRecord[];
	readonly events: readonly ProcessEvent[];
}

const all = { limit: 1_000 };

export async function readFacts({ subject, ledger }: World): Promise<Facts> {
	const { backend } = subject;
	const queues = domainQueues(domain);
	const bodies = async (queue: string): Promise<readonly (object | null)[]> =>
		(await subject.messages(queue)).map(({ body }) => (typeof body === 'object' ? body : null));
	const replies = (await bodies(queues.replies)).filter((body) => isReply(body));
	const { items: records } = await backend.queries.list({}, all);
	const commands = new Map<string, CommandFacts>();
	for (const record of records) {
		const { commandId } = record;
		const trail = await backend.queries.history({ domain, commandId });
		commands.set(commandId, { record, trail, replies: replies.filter((reply) => reply.command_id === commandId) });
	}
	const left = await Promise.all([queues.commands, queues.processReplies].map(bodies));
	return {
		ledger,
		commands,
		batches: await readBatches(subject.backend),
		bulks: await readBulks(subject.backend),
		processes: await readProcesses(subject.backend),
		doneBatchIds: (await bodies(doneQueue)).filter(isBatchMessage).map(({ batch_id }) => batch_id),
		unhandled: await backend.replies.listUnhandled(undefined, 1_000),
		leftMessageCount: left.flat().length,
	};
}

type Store = World['subject']['backend'];

async function readBatches({ batches }: Store): Promise<Facts['batches']> {
	const { items } = await batches.list({}, all);
	return Promise.all(items.map(async (batch) => ({ batch, events: await batches.history(batch) })));
}

async function readBulks({ troubleshooting }: Store): Promise<Facts['bulks']> {
	const { items } = await troubleshooting.listBulks(all);
	return Promise.all(
		items.map(async (bulk) => ({
			bulk,
			items: (await troubleshooting.bulkItems(bulk.bulkId, undefined, all)).items,
		})),
	);
}

async function readProcesses({ processes }: Store): Promise<readonly ProcessFacts[]> {
	const { items } = await processes.list({}, all);
	const loaded = await processes.loadMany(items.map(({ processId }) => processId));
	return Promise.all(
		loaded
			.filter((one) => one !== undefined)
			.map(async (one) => ({ ...one, events: await processes.history(one.process.processId) })),
	);
}

function isReply(body: object | null): body is ReplyFacts {
	return body !== null && 'reply_id' in body;
}

function isBatchMessage(body: object | null): body is { readonly batch_id: string } {
	return body !== null && 'batch_id' in body;
}
