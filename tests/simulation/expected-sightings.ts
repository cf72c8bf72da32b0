/** What must be seen in the course of many seeds, or the simulation has gone blind. What a model's union gains is expected from then on. */
import {
	auditEventTypes,
	batchStatuses,
	bulkItemStatuses,
	bulkStatuses,
	commandStatuses,
	operatorActions,
} from '@cb/core';
import type { ProcessEventType, ProcessStatus } from '@cb/core';

/** Calls that change something, and those by which the programs live. */
const attackedCalls = [
	'commands.accept',
	'commands.acceptAll',
	'commands.receive',
	'commands.settle',
	'commands.extend',
	'commands.release',
	'commands.completeInTransaction',
	'commands.cancel',
	'batches.open',
	'batches.finish',
	'troubleshooting.act',
	'troubleshooting.freezeBulk',
	'troubleshooting.workBulk',
	'processes.start',
	'processes.loadMany',
	'processes.advance',
	'replies.receive',
	'queries.getMany',
	'wake.subscribe',
];

/** Fails before or after its effect, never answers, is slow on the way in or out, or all is well. */
const fates = ['fails-before', 'fails-after', 'never-answers', 'late', 'answers late', 'answers'];

/** By the store, to what was asked of it. */
const answers = [
	'commands.accept answers accepted',
	'commands.accept answers duplicate',
	'commands.acceptAll answers accepted',
	'commands.acceptAll answers duplicate',
	'commands.acceptAll answers not-stored',
	'commands.settle answers settled',
	'commands.settle answers lease-lost',
	'commands.cancel answers canceled',
	'commands.cancel answers not-pending',
	'commands.cancel answers not-found',
	'batches.open answers opened',
	'batches.open answers refused',
	'troubleshooting.act answers done',
	'troubleshooting.act answers not-parked',
	'troubleshooting.act answers version-conflict',
	'troubleshooting.act answers a repeated request',
	'troubleshooting.startBulk answers started',
	'troubleshooting.moveBulk answers moved',
	'troubleshooting.moveBulk answers not-allowed',
	'processes.start answers started',
	'processes.start answers existing',
	'processes.advance answers advanced',
	'processes.advance answers stale',
	'processes.advance answers lease-lost',
];

/** The engine stores no other one; CANCELED is an operator's override, which nobody does here. */
const processStatuses: readonly ProcessStatus[] = [
	'WAITING_FOR_TSQ',
	'COMPENSATING',
	'COMPLETED',
	'COMPENSATED',
	'FAILED',
];

const processEvents: readonly ProcessEventType[] = [
	'STARTED',
	'STEP_SENT',
	'STEP_ANSWERED',
	'STEP_PARKED',
	'STEP_RESUMED',
	'REPLY_IGNORED',
	'COMPENSATION_PLANNED',
	'COMPENSATION_FAILED',
	'COMPENSATION_CORRECTED',
	'COMPLETED',
	'COMPENSATED',
	'FAILED',
];

const told = ['done', 'refused', 'unknown'];

export const expectedSightings: readonly string[] = [
	...named('command', commandStatuses),
	...named('audit', auditEventTypes),
	...named('parked', ['"PERMANENT"', '"EXHAUSTED"', '"EXHAUSTED_BY_REDELIVERY"']),
	...named('reply', ['SUCCESS', 'FAILED', 'CANCELED']),
	...attackedCalls.flatMap((call) => named(call, fates)),
	...answers,
	...operatorActions.flatMap((action) => named(action, told)),
	...named("sender's cancel", told),
	...named('send', ['accepted', 'known', 'refused', 'unknown']),
	...named('process start', ['started', 'existing', 'unknown']),
	// A batch begins PENDING, and is never that when nothing moves any more.
	...named('batch', batchStatuses.slice(1)),
	...named('batch event', ['BATCH_CREATED', 'BATCH_STARTED', 'BATCH_COMPLETED']),
	...named('bulk', bulkStatuses),
	// An item is FAILED when its reply queue or its payload is gone; nobody takes them away here.
	...named(
		'bulk item',
		bulkItemStatuses.filter((status) => status !== 'FAILED'),
	),
	...named('process', processStatuses),
	...named('process event', processEvents),
	...named('forward step', ['SUCCEEDED', 'FAILED', 'CANCELED', 'PARKED']),
	...named('undo step', ['SUCCEEDED', 'FAILED', 'CANCELED', 'PARKED']),
	...['worker', 'router', 'runner'].flatMap((role) => named(role, ['dies', 'stands still'])),
	'transaction commits',
	'transaction loses its connection',
	'run returned',
	'run came to nothing',
];

function named(what: string, names: readonly string[]): readonly string[] {
	return names.map((name) => `${what} ${name}`);
}
