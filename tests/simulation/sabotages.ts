/** Defects that a store or an adapter could have, each put around the ports of one that has none. The simulation must notice every one. */
import { domainQueues } from '@cb/core';
import type { Lease, ReceivedCommand, Settlement } from '@cb/core';
import type { InMemorySubject } from '@cb/core/memory';
import { domain, doneQueue } from './cast/shop.ts';
import type { Sabotage } from './world.ts';

const queues = domainQueues(domain);

export const sabotages = {
	'an outcome is stored whoever holds the lease': (subject) => {
		const { commands } = subject.backend;
		const settle: typeof commands.settle = async (of, settlements) =>
			commands.settle(of, await Promise.all(settlements.map((settlement) => withCurrentLease(subject, settlement))));
		return { commands: { ...commands, settle } };
	},
	'a lease is handed out twice': ({ backend: { commands } }) => {
		let last: readonly ReceivedCommand[] = [];
		const receive: typeof commands.receive = async (request) => {
			const received = await commands.receive(request);
			const again = received.commands.length === 0 ? last : [];
			last = received.commands;
			return { ...received, commands: [...received.commands, ...again] };
		};
		return { commands: { ...commands, receive } };
	},
	'what is given back counts as an attempt': ({ backend: { commands } }) => ({
		commands: {
			...commands,
			release: async (of, leases) => {
				await commands.extend(of, leases, 0);
			},
		},
	}),
	'a lost lease is said to be extended': ({ backend: { commands } }) => ({
		commands: {
			...commands,
			extend: async (...request) => {
				await commands.extend(...request);
				return [];
			},
		},
	}),
	'a reply is sent twice': (subject) => {
		const { commands } = subject.backend;
		const settle: typeof commands.settle = async (...request) => {
			const before = await subject.messages(queues.replies);
			const outcomes = await commands.settle(...request);
			const after = await subject.messages(queues.replies);
			for (const { body } of after.slice(before.length)) await subject.putMessage(queues.replies, body);
			return outcomes;
		};
		return { commands: { ...commands, settle } };
	},
	'a reply is forgotten': ({ backend: { commands, replies } }) => {
		const settle: typeof commands.settle = async (...request) => {
			const outcomes = await commands.settle(...request);
			const [newest] = (await replies.receive(queues.replies, 1_000, 1)).slice(-1);
			if (newest !== undefined) await replies.acknowledge([newest.lease]);
			return outcomes;
		};
		return { commands: { ...commands, settle } };
	},
	'work is stored apart from the completion': (subject) => {
		const { commands } = subject.backend;
		const completeInTransaction: typeof commands.completeInTransaction = async (address, work) => {
			const result = await subject.transaction(work);
			return commands.completeInTransaction(address, () => Promise.resolve(result));
		};
		return { commands: { ...commands, completeInTransaction } };
	},
	'a send does not join the transaction of its caller': ({ backend: { commands } }) => ({
		commands: { ...commands, accept: (requests) => commands.accept(requests) },
	}),
	'a second send of an id is accepted': ({ backend: { commands } }) => ({
		commands: {
			...commands,
			accept: async (...request) =>
				(await commands.accept(...request)).map((outcome) =>
					outcome.kind === 'duplicate' ? { kind: 'accepted' } : outcome,
				),
		},
	}),
	'a repeated request of an operator is not recognised': ({ backend: { troubleshooting } }) => ({
		troubleshooting: {
			...troubleshooting,
			act: (request, tx) => troubleshooting.act({ ...request, requestId: undefined }, tx),
		},
	}),
	'an item of a bulk is acted on twice': (subject) => ({ troubleshooting: actingAgain(subject) }),
	'a finished batch is told twice': (subject) => {
		const { batches } = subject.backend;
		const finish: typeof batches.finish = async (...request) => {
			const finished = await batches.finish(...request);
			for (const { batchId } of finished) await subject.putMessage(doneQueue, { batch_id: batchId });
			return finished;
		};
		return { batches: { ...batches, finish } };
	},
	'an answer comes again after its process has moved': (subject) => {
		const { processes } = subject.backend;
		const again = new Set<string>();
		const advance: typeof processes.advance = async (advances) => {
			const answers = await subject.messages(queues.processReplies);
			const outcomes = await processes.advance(advances);
			const handled = new Set(advances.map(({ acknowledge }) => acknowledge?.messageId));
			for (const { messageId, body } of answers) {
				const text = JSON.stringify(body);
				if (handled.has(messageId) && !again.has(text)) await subject.putMessage(queues.processReplies, body);
				again.add(text);
			}
			return outcomes;
		};
		return { processes: { ...processes, advance } };
	},
	'the next command of a process is not sent': ({ backend: { processes } }) => ({
		processes: {
			...processes,
			advance: (advances) => processes.advance(advances.map((advance) => ({ ...advance, send: [] }))),
		},
	}),
} as const satisfies Readonly<Record<string, Sabotage>>;

export type SabotageName = keyof typeof sabotages;

/** In the name of whoever holds the command now. */
async function withCurrentLease({ backend }: InMemorySubject, settlement: Settlement): Promise<Settlement> {
	const { commandId } = settlement.lease;
	const [record] = await backend.queries.getMany([{ domain, commandId }]);
	if (record === undefined) return settlement;
	const lease: Lease = { commandId, messageId: record.messageId, attempt: record.attempts };
	return { ...settlement, lease };
}

/** What was done is forgotten: whenever such a command is parked again, it is acted on again. */
function actingAgain({ backend: { troubleshooting } }: InMemorySubject): typeof troubleshooting {
	const workBulk: typeof troubleshooting.workBulk = async (limit, bulkId) => {
		const { items: bulks } = await troubleshooting.listBulks({});
		for (const { bulkId: known, operator } of bulks) {
			const { items } = await troubleshooting.bulkItems(known, 'DONE', {});
			for (const { commandId } of items) await troubleshooting.act({ domain, commandId, operator, action: 'retry' });
		}
		return troubleshooting.workBulk(limit, bulkId);
	};
	return { ...troubleshooting, workBulk };
}
