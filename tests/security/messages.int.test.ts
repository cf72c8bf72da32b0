/** Whatever somebody puts on a queue: it is archived or set aside, changes no row of anybody else, and stops nobody. */
import { createHandlers, domainQueues, exhaustedByRedelivery } from '@cb/core';
import type { TelemetryEvent } from '@cb/core';
import { createProcessManager } from '@cb/process';
import { freshDatabase } from '@cb/test-postgres/vitest';
import type { Queryable } from '@cb/pg';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { openScene } from '../src/scene.ts';
import { until } from '../src/until.ts';
import { Errand } from './src/calls.ts';
import { Anything } from './src/park-ten.ts';
import { rawAnswers, rawCommands } from './src/raw-messages.ts';
import type { RawMessage } from './src/raw-messages.ts';
import { digestOf, domain } from './src/target.ts';

const scene = await openScene(await freshDatabase());
const { backend, bus, query, count } = scene;
await backend.domains.create(domain);
const queues = domainQueues(domain);

/** The rows of `cb`, less the tables that say what was done with strange messages; of a process, all but how often it was looked at. */
async function ownRows(): Promise<unknown> {
	const digests = Object.entries(await digestOf(query));
	const processes = await query(
		'select status, state, current_step, compensation_plan, compensation_errors, error, completed_at from cb.process',
	);
	return [processes, ...digests.filter(([table]) => /^cb\.(?!unhandled_reply$|process_event$|process$)/.test(table))];
}

async function put(queue: string, messages: readonly RawMessage[]): Promise<void> {
	await query(
		`insert into pgmq.q_${queue} (vt, message, headers)
		select clock_timestamp(), m.message::jsonb, m.headers::jsonb
		from unnest($1::text[], $2::text[]) m (message, headers)`,
		[messages.map(({ message }) => message), messages.map(({ headers }) => headers)],
	);
}

const exhausted = { error: exhaustedByRedelivery, fingerprint: 'f' };
const receipt = {
	domain,
	workerId: 'w',
	limit: 100,
	leaseSeconds: 3_600,
	maxAttemptsByType: {},
	defaultMaxAttempts: 3,
};

it('C7 C8 C11 what lies on a command queue and is no command of ours is archived at the first look, and changes no row', async () => {
	const later = await bus.send(Anything, {}, { delaySeconds: 3_600, replyTo: queues.replies });
	const ended = await bus.send(Anything, {}, { replyTo: queues.replies });
	const { commands } = await backend.commands.receive({ ...receipt, exhausted });
	await backend.commands.settle(
		domain,
		commands.map(({ lease }) => ({ kind: 'complete', lease, result: null })),
	);
	const leased = await bus.send(Anything, {});
	await backend.commands.receive({ ...receipt, exhausted });
	const before = await ownRows();

	await fc.assert(
		fc.asyncProperty(rawCommands(domain, [later.commandId, ended.commandId, leased.commandId]), async (messages) => {
			const archived = await count(`select count(*) from pgmq.a_${queues.commands}`);
			await put(queues.commands, messages);

			const received = await backend.commands.receive({ ...receipt, exhausted });

			expect(received).toMatchObject({ commands: [], parked: [] });
			expect(received.rejected).toHaveLength(messages.length);
			expect(await count(`select count(*) from pgmq.a_${queues.commands}`)).toBe(archived + messages.length);
			expect(await ownRows()).toEqual(before);
		}),
		{ numRuns: 80 },
	);
});

it('O1 O2 O5 what lies on a reply queue and answers nothing is set aside, moves no process, and the router goes on', async () => {
	const processes = createProcessManager(backend, [Errand]);
	const { processId } = await processes.start(Errand, { to: 'the shop' });
	const failures: TelemetryEvent[] = [];
	const telemetry = {
		emit(event: TelemetryEvent) {
			if (event.kind === 'infrastructure-failed') failures.push(event);
		},
	};
	await scene.startRouter({
		...{ domain, definitions: [Errand], telemetry, pollIntervalMs: 10 },
		...{ maxReplyAttempts: 1, retryDelaySeconds: 0.01, unknownProcessGraceSeconds: 0 },
	});
	const before = await ownRows();

	await fc.assert(
		fc.asyncProperty(rawAnswers(domain, [processId]), async (messages) => {
			await put(queues.processReplies, messages);

			await until(
				() => count(`select count(*) from pgmq.q_${queues.processReplies}`),
				(left) => left === 0,
				{
					what: `an empty queue after ${JSON.stringify(messages)}`,
					withinMs: 10_000,
				},
			);

			expect(failures).toEqual([]);
			expect(await ownRows()).toEqual(before);
		}),
		{ numRuns: 60 },
	);

	await scene.startWorker({ domain, handlers: createHandlers<Queryable>().on(Anything, () => ({ done: true })) });
	await expect.poll(() => processes.get(processId)).toMatchObject({ process: { status: 'COMPLETED' } });
});
