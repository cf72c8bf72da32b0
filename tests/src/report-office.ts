/** A real worker and a real router for reports, handlers that go wrong where a test says so, and an operator's desk. */
import { createHandlers } from '@cb/core';
import type { CommandAddress, StepRecord } from '@cb/core';
import { createTroubleshootingQueue } from '@cb/ops';
import type { TroubleshootingQueue } from '@cb/ops';
import type { Queryable } from '@cb/pg';
import { commandsOf, createProcessManager } from '@cb/process';
import type { ProcessManager, ReplyRouterOptions } from '@cb/process';
import type { Scene } from './scene.ts';
import {
	Aggregate,
	DeleteRender,
	DropTotals,
	Mail,
	Query,
	Render,
	StatementReport,
	domain,
} from './statement-report.ts';
import type { Report } from './statement-report.ts';
import { until } from './until.ts';

export interface ReportOffice {
	readonly manager: ProcessManager<Queryable>;
	readonly tsq: TroubleshootingQueue<Queryable>;
	/** The handlers of this command type throw this from now on. */
	fail: (commandType: string, error: Error) => void;
	/** The same for one account alone. */
	failFor: (account: string, commandType: string, error: Error) => void;
	mend: (commandType?: string) => void;
	/** Command types in the order in which their handlers succeeded, for one account. */
	ran: (account: string) => readonly string[];
	start: (account: string, definition?: Report) => Promise<string>;
	/** Resolves with the status of the process once it is that. */
	reaches: (processId: string, status: string) => Promise<void>;
	step: (processId: string, step: string) => Promise<StepRecord>;
	/** The parked command of a step, once it is parked. */
	parkedAt: (processId: string, step: string) => Promise<CommandAddress>;
	/** `STEP outcome` per step record, in order. */
	steps: (processId: string) => Promise<readonly string[]>;
	trail: (processId: string) => Promise<readonly string[]>;
}

type Options = Partial<Omit<ReplyRouterOptions<Queryable>, 'definitions' | 'domain'>>;

export async function openReportOffice(
	scene: Scene,
	definitions: readonly Report[] = [StatementReport],
	options: Options = {},
): Promise<ReportOffice> {
	const { backend } = scene;
	const failures = new Map<string, Error>();
	const done: { readonly account: string; readonly commandType: string }[] = [];

	function run<Result>(result: Result) {
		return ({
			data,
			commandType,
		}: {
			readonly data: { readonly account: string };
			readonly commandType: string;
		}): Result => {
			const failure = failures.get(`${data.account} ${commandType}`) ?? failures.get(commandType);
			if (failure !== undefined) throw failure;
			done.push({ account: data.account, commandType });
			return result;
		};
	}
	const handlers = createHandlers<Queryable>()
		.on(Query, run({ rows: 3 }))
		.on(Aggregate, run({ totalCents: 1_250 }))
		.on(Render, run({ file: 'statement.html' }))
		.on(Mail, run(undefined))
		.on(DropTotals, run(undefined))
		.on(DeleteRender, run(undefined));

	await backend.domains.create(domain);
	await scene.startWorker({ domain, handlers, concurrency: 20 });
	await scene.startRouter({ domain, definitions, ...options });
	const manager = createProcessManager(backend, definitions);

	async function loaded(processId: string) {
		return (await manager.get(processId)) ?? { process: undefined, steps: [] };
	}
	async function step(processId: string, name: string): Promise<StepRecord> {
		const found = (await loaded(processId)).steps.find((one) => one.step === name);
		if (found === undefined) throw new Error(`Process ${processId} has not sent ${name}.`);
		return found;
	}
	async function reached<Seen>(look: () => Promise<Seen>, expected: Seen, processId: string): Promise<void> {
		await until(look, (seen) => seen === expected, { what: `${String(expected)} of process ${processId}` });
	}
	return {
		manager,
		tsq: createTroubleshootingQueue(backend, { definitions: commandsOf(definitions) }),
		fail: (commandType, error) => failures.set(commandType, error),
		failFor: (account, commandType, error) => failures.set(`${account} ${commandType}`, error),
		mend(commandType) {
			if (commandType === undefined) failures.clear();
			else failures.delete(commandType);
		},
		ran: (account) => done.filter((one) => one.account === account).map(({ commandType }) => commandType),
		async start(account, definition = StatementReport) {
			return (await manager.start(definition, { account })).processId;
		},
		reaches: (processId, status) =>
			reached(async () => (await loaded(processId)).process?.status as string | undefined, status, processId),
		step,
		async parkedAt(processId, name) {
			await reached(
				async () => (await loaded(processId)).steps.find((one) => one.step === name)?.status,
				'PARKED',
				processId,
			);
			return { domain, commandId: (await step(processId, name)).commandId };
		},
		async steps(processId) {
			return (await loaded(processId)).steps.map((one) => `${one.step} ${one.status}`);
		},
		async trail(processId) {
			return (await manager.history(processId)).map((event) =>
				event.step === null ? event.type : `${event.type} ${event.step}`,
			);
		},
	};
}
