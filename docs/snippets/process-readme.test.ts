/** The examples of @cb/process's README. */
import { BusinessRuleError, createHandlers, createWorker, defineCommand } from '@cb/core';
import { createInMemoryBackend } from '@cb/core/memory';
import { createTroubleshootingQueue } from '@cb/ops';
import { commandsOf, createProcessManager, createReplyRouter, defineProcess, processDiagram } from '@cb/process';
import { cancels, everyPath, fails, given, parks, playProcess, succeeds } from '@cb/process/testing';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';

// #region define
const QueryLedger = defineCommand({
	domain: 'reports',
	type: 'QueryLedger',
	data: z.object({ account: z.string() }),
	result: z.object({ entries: z.int() }),
});
const RenderStatement = defineCommand({
	domain: 'reports',
	type: 'RenderStatement',
	data: z.object({ account: z.string(), entries: z.int() }),
	result: z.object({ file: z.string() }),
});
const DeleteRender = defineCommand({ domain: 'reports', type: 'DeleteRender', data: z.object({ file: z.string() }) });
const MailStatement = defineCommand({ domain: 'reports', type: 'MailStatement', data: z.object({ file: z.string() }) });

const StatementReport = defineProcess({
	type: 'StatementReport',
	domain: 'reports', // its process reply queue gets the answers
	input: z.object({ account: z.string() }),
	state: z.object({ account: z.string(), entries: z.int(), file: z.string() }),
	initialState: ({ account }) => ({ account, entries: 0, file: '' }),
	first: 'QUERY',
	steps: {
		QUERY: {
			definition: QueryLedger,
			command: ({ account }) => ({ data: { account } }),
			onReply: (state, { data }) => ({ ...state, entries: data.entries }),
			next: { oneOf: ['RENDER', 'end'], choose: ({ entries }) => (entries === 0 ? 'end' : 'RENDER') },
		},
		RENDER: {
			definition: RenderStatement,
			command: ({ account, entries }) => ({ data: { account, entries } }),
			onReply: (state, { data }) => ({ ...state, file: data.file }),
			next: 'MAIL',
			compensation: 'DELETE_RENDER',
		},
		MAIL: { definition: MailStatement, command: ({ file }) => ({ data: { file } }), next: 'end' },
		DELETE_RENDER: { definition: DeleteRender, command: ({ file }) => ({ data: { file } }) }, // no `next`: it undoes
	},
});
// #endregion define

const state = { account: 'A-1', entries: 3, file: 'A-1.csv' };

describe('the README of @cb/process', () => {
	it('runs a process to its end, waits for the operator and compensates', async () => {
		const files = new Set<string>();
		const backend = createInMemoryBackend();

		// #region run
		const handlers = createHandlers()
			.on(QueryLedger, () => ({ entries: 3 }))
			.on(RenderStatement, ({ data }) => {
				files.add(`${data.account}.csv`);
				return { file: `${data.account}.csv` };
			})
			.on(DeleteRender, ({ data }) => void files.delete(data.file))
			.on(MailStatement, () => {
				throw new BusinessRuleError('NO_ADDRESS', 'This account has no address.');
			});

		await backend.domains.create('reports');
		const worker = createWorker({ backend, domain: 'reports', handlers });
		const router = createReplyRouter({ backend, domain: 'reports', definitions: [StatementReport] });
		await worker.start();
		await router.start();

		const manager = createProcessManager(backend, [StatementReport]);
		const { processId } = await manager.start(StatementReport, { account: 'A-1' }, { businessKey: '2026-03/A-1' });
		// #endregion run
		for (let round = 0; round < 20; round++) await backend.clock.advance(50);

		// #region look
		const { process, steps } = (await manager.get(processId)) ?? {};
		// process: { status: 'FAILED', error: { code: 'NO_ADDRESS', … }, state: { … }, compensationErrors: 0, … }
		// steps:   QUERY SUCCEEDED, RENDER SUCCEEDED, MAIL FAILED
		// #endregion look
		expect(process).toMatchObject({ status: 'FAILED', error: { code: 'NO_ADDRESS' } });
		expect(steps?.map(({ step, status }) => `${step} ${status}`)).toEqual([
			'QUERY SUCCEEDED',
			'RENDER SUCCEEDED',
			'MAIL FAILED',
		]);
		expect(processDiagram(StatementReport, await manager.get(processId))).toContain('class step2 failed');
		expect(files).toEqual(new Set(['A-1.csv']));
		await router.stop();
		const stopped = worker.stop();
		await backend.clock.advance(60_000);
		await stopped;
	});

	it('P17 refuses an operator’s result that the next step could not use', async () => {
		const backend = createInMemoryBackend();
		await backend.domains.create('reports');
		const manager = createProcessManager(backend, [StatementReport]);
		const router = createReplyRouter({ backend, domain: 'reports', definitions: [StatementReport] });
		await router.start();
		const { processId } = await manager.start(StatementReport, { account: 'A-1' });
		const { commands } = await backend.commands.receive({
			domain: 'reports',
			workerId: 'test',
			limit: 1,
			leaseSeconds: 30,
			maxAttemptsByType: {},
			defaultMaxAttempts: 1,
			exhausted: { error: parkedWith, fingerprint: 'x' },
		});
		const settlements = commands.map(
			({ lease }) =>
				({ kind: 'park', lease, error: parkedWith, fingerprint: 'x', reason: 'PERMANENT', maxAttempts: 1 }) as const,
		);
		await backend.commands.settle('reports', settlements);
		await backend.clock.advance(10);
		const [parked] = (await backend.troubleshooting.list({}, {})).items;
		const commandId = parked?.commandId ?? '';

		// #region operate
		const tsq = createTroubleshootingQueue(backend, { definitions: commandsOf([StatementReport]) });
		const by = { domain: 'reports', commandId, operator: { id: 'olga' } };

		await tsq.complete({ ...by, result: { entries: 'many' } }).catch(report); // PayloadInvalidError: $.entries
		await tsq.complete({ ...by, result: { entries: 12 } }); // the process goes on with RENDER

		const override = { operator: { id: 'olga' }, reason: 'The customer left.' };
		await manager.compensate(processId, override); // undoes what is done, one step at a time
		// #endregion operate

		expect(reported).toMatchObject([{ code: 'payload-invalid', issues: [{ path: '$.entries' }] }]);
		expect((await manager.get(processId))?.process).toMatchObject({
			status: 'COMPENSATED',
			error: { message: override.reason },
		});
		await router.stop();
	});

	it('tests a definition without a database', () => {
		// #region test
		given(StatementReport, state, { completed: ['QUERY', 'RENDER'] })
			.when('MAIL', parks(cancels('no address')))
			.then({ status: 'COMPENSATING', sends: [{ step: 'DELETE_RENDER', data: { file: 'A-1.csv' } }] });

		const trace = playProcess(
			StatementReport,
			{ account: 'A-1' },
			{
				QUERY: succeeds({ entries: 3 }),
				RENDER: succeeds({ file: 'A-1.csv' }),
				MAIL: parks(cancels()),
				DELETE_RENDER: fails('GONE'),
			},
		);
		// trace.status === 'COMPENSATED', trace.loaded.process.compensationErrors === 1

		const outcomes = {
			QUERY: [succeeds({ entries: 3 }), succeeds({ entries: 0 }), fails()],
			RENDER: [succeeds({ file: 'A-1.csv' }), parks(cancels())],
			MAIL: [succeeds(), fails(), parks(cancels())],
			DELETE_RENDER: [succeeds(), fails()],
		};
		const paths = [...everyPath(StatementReport, { account: 'A-1' }, outcomes)]; // throws where an invariant breaks
		// #endregion test

		expect(trace.status).toBe('COMPENSATED');
		expect(trace.loaded.process.compensationErrors).toBe(1);
		expect(paths).toHaveLength(7);
	});
});

const parkedWith = { type: 'PERMANENT', code: 'BROKEN', message: 'broken', details: null } as const;
const reported: unknown[] = [];

function report(error: unknown): void {
	reported.push(error);
}
