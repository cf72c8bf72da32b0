/** Every call that takes something from outside, with hostile input in every place. */
import { commandRequest, defineCommand } from '@cb/core';
import type { CommandAddress } from '@cb/core';
import { createMaintenance, createTroubleshootingQueue } from '@cb/ops';
import type { TroubleshootingQueue } from '@cb/ops';
import { createProcessManager, defineProcess } from '@cb/process';
import type { ProcessManager } from '@cb/process';
import fc from 'fast-check';
import { z } from 'zod';
import * as hostile from './hostile.ts';
import { Anything } from './park-ten.ts';
import { domain } from './target.ts';
import type { Target } from './target.ts';

export const Errand = defineProcess({
	type: 'Errand',
	domain,
	input: z.unknown(),
	state: z.unknown(),
	initialState: (input) => input,
	first: 'ONLY',
	steps: { ONLY: { definition: Anything, command: (data) => ({ data }), next: 'end' } },
});

/** What the calls go to. */
export interface Attacked extends Target {
	readonly tsq: TroubleshootingQueue;
	readonly processes: ProcessManager;
	readonly parked: readonly CommandAddress[];
}

export function attackedOf(target: Target, parked: readonly CommandAddress[]): Attacked {
	const { backend } = target;
	return {
		...target,
		parked,
		tsq: createTroubleshootingQueue(backend),
		processes: createProcessManager(backend, [Errand]),
	};
}

type Call = (attacked: Attacked) => unknown;

/** What somebody without a compiler sends: any of the fields, each with anything in it. */
const { hostileText: text, name, id, cursor, number, moment, payload } = hostile;

type Fields = Readonly<Record<string, unknown>>;

function some(fields: Readonly<Record<string, fc.Arbitrary<unknown>>>): fc.Arbitrary<Fields> {
	return fc.record(fields, { requiredKeys: [] });
}

const page = fc.oneof(some({ limit: number }), some({ cursor }), some({ limit: number, cursor, offset: number }));
const flag = fc.oneof(fc.boolean(), text);
const operator = fc.oneof(some({ id: text, kind: text }), fc.constant({ id: 'ada' }));
const address = fc.record({ domain: fc.oneof(name, fc.constant(domain)), commandId: id });
const retry = some({
	maxAttempts: number,
	backoff: fc.oneof(payload, fc.constant({ kind: 'fixed', delaysSeconds: [1] })),
});

const sendOptions = some({
	...{ commandId: id, correlationId: id, causationId: id, replyTo: name, delaySeconds: number, dueAt: moment },
	...{ retry, onDuplicate: text, wantsNotices: flag, priority: number },
});
const filter = some({
	...{ domain: name, status: text, commandType: name, batchId: id, correlationId: id },
	...{ createdFrom: moment, createdTo: moment },
});
const parkedFilter = some({
	...{ domain: name, commandType: name, errorCode: text, fingerprint: text, text: id },
	...{ parkedFrom: moment, parkedTo: moment, createdFrom: moment, createdTo: moment },
});
const processFilter = some({
	...{ processType: text, domain: name, batchId: id, text, statuses: fc.array(text, { maxLength: 2 }) },
	...{ createdFrom: moment, createdTo: moment },
});
const patch = fc.array(
	some({ op: fc.constantFrom('add', 'remove', 'replace', 'test', 'x'), path: text, value: payload }),
	{ maxLength: 3 },
);
const act = some({
	...{ reason: text, requestId: text, expectedVersion: number, keepAttempts: flag, suppressReply: flag },
	...{ result: payload, data: payload, patch },
});
const ages = some({
	commandsSeconds: number,
	auditSeconds: number,
	idempotencySeconds: number,
	batchesSeconds: number,
});

/** The types say what is right; here it is wrong on purpose. */
function untyped(value: unknown): never {
	return value as never;
}

const sending: readonly fc.Arbitrary<Call>[] = [
	fc.tuple(payload, sendOptions).map(
		([data, options]) =>
			({ bus }) =>
				bus.send(Anything, data, untyped(options)),
	),
	fc.tuple(payload, sendOptions).map(
		([data, options]) =>
			({ bus }) =>
				bus.sendMany([commandRequest(Anything, data, untyped(options))], untyped(options)),
	),
	fc.tuple(address, text).map(
		([of, reason]) =>
			({ bus }) =>
				bus.cancel(of, { reason }),
	),
	some({ name: text, batchId: id, completionQueue: name, domain: name, customData: payload }).map(
		(options) =>
			({ bus }) =>
				bus.createBatch({ commands: [commandRequest(Anything, 1)], ...options }),
	),
	fc.tuple(name, name).map(
		([of, type]) =>
			() =>
				defineCommand({ domain: of, type, data: z.unknown() }),
	),
	text.map(
		(of) =>
			({ backend }) =>
				backend.domains.create(of),
	),
	text.map(
		(queue) =>
			({ backend }) =>
				backend.domains.createReplyQueue(queue),
	),
];

const looking: readonly fc.Arbitrary<Call>[] = [
	address.map(
		(of) =>
			({ bus }) =>
				bus.get(of),
	),
	address.map(
		(of) =>
			({ bus }) =>
				bus.history(of),
	),
	fc.tuple(filter, page).map(
		([by, part]) =>
			({ bus }) =>
				bus.list(untyped(by), untyped(part)),
	),
	fc.tuple(filter, page).map(
		([by, part]) =>
			({ bus }) =>
				bus.listBatches(untyped(by), untyped(part)),
	),
	fc.record({ domain: name, batchId: id }).map(
		(of) =>
			({ bus }) =>
				bus.getBatch(of),
	),
	fc.tuple(id, page).map(
		([batchId, part]) =>
			({ bus }) =>
				bus.batchMembers({ domain, batchId }, untyped(part)),
	),
	fc.tuple(parkedFilter, page).map(
		([by, part]) =>
			({ tsq }) =>
				tsq.list(untyped({ ...by, ...part })),
	),
	parkedFilter.map(
		(by) =>
			({ tsq }) =>
				tsq.count(untyped(by)),
	),
	parkedFilter.map(
		(by) =>
			({ tsq }) =>
				tsq.groups(untyped(by)),
	),
	address.map(
		(of) =>
			({ tsq }) =>
				tsq.get(of),
	),
];

const acts: readonly fc.Arbitrary<Call>[] = (['retry', 'cancel', 'complete', 'amendAndRetry'] as const).map((kind) =>
	fc.tuple(act, operator, fc.option(address), fc.nat(9)).map(
		([fields, who, of, nth]) =>
			({ tsq, parked }: Attacked) =>
				tsq[kind](untyped({ ...(of ?? parked[nth % parked.length]), ...fields, operator: who })),
	),
);

const bulks: readonly fc.Arbitrary<Call>[] = [
	fc
		.record({
			filter: parkedFilter,
			operator,
			action: act.chain((fields) => text.map((action) => ({ ...fields, action }))),
		})
		.map(
			(request) =>
				({ tsq }) =>
					tsq.bulk.preview(untyped(request)),
		),
	fc.tuple(id, text).map(
		([of, digest]) =>
			({ tsq }) =>
				tsq.bulk.start(of, digest),
	),
	fc.tuple(id, fc.constantFrom('pause', 'resume', 'cancel', 'progress')).map(
		([of, move]) =>
			({ tsq }: Attacked) =>
				tsq.bulk[move as 'pause'](of),
	),
	fc.tuple(id, page, text).map(
		([of, part, status]) =>
			({ tsq }) =>
				tsq.bulk.results(of, untyped({ ...part, status })),
	),
	page.map(
		(part) =>
			({ tsq }) =>
				tsq.bulk.list(untyped(part)),
	),
	fc.tuple(id, operator).map(
		([of, who]) =>
			({ tsq }) =>
				tsq.bulk.retryFailed(of, untyped({ operator: who })),
	),
];

const processes: readonly fc.Arbitrary<Call>[] = [
	fc.tuple(payload, some({ businessKey: text, processId: id, headers: fc.dictionary(text, text) })).map(
		([input, options]) =>
			({ processes }) =>
				processes.start(Errand, input, untyped(options)),
	),
	id.map(
		(of) =>
			({ processes }) =>
				processes.get(of),
	),
	id.map(
		(of) =>
			({ processes }) =>
				processes.history(of),
	),
	id.map(
		(of) =>
			({ processes }) =>
				processes.getBatch(of),
	),
	page.map(
		(part) =>
			({ processes }) =>
				processes.listBatches(untyped(part)),
	),
	fc.tuple(processFilter, page).map(
		([by, part]) =>
			({ processes }) =>
				processes.list(untyped(by), untyped(part)),
	),
	processFilter.map(
		(by) =>
			({ processes }) =>
				processes.count(untyped(by)),
	),
	fc.tuple(fc.constantFrom('retryStep', 'retryReply', 'compensate', 'cancel'), id, operator, text, number).map(
		([override, of, who, reason, expectedVersion]) =>
			({ processes }: Attacked) =>
				processes[override as 'cancel'](of, untyped({ operator: who, reason, expectedVersion })),
	),
];

const maintaining: readonly fc.Arbitrary<Call>[] = [
	some({ retention: ages, chunkSize: number, pauseMs: number, intervalMs: number, statementTimeoutMs: number }).map(
		(options) =>
			({ backend }) => {
				createMaintenance(untyped({ backend, ...options }));
			},
	),
];

export const anyCall = fc.oneof(...sending, ...looking, ...acts, ...bulks, ...processes, ...maintaining);
