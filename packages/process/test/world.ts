/** A whole system in memory: commands are really received and settled, operators really act, a real router moves the processes. */
import { expect } from 'vitest';
import { createInMemorySubject } from '@cb/core/memory';
import type { InMemorySubject } from '@cb/core/memory';
import { domainQueues } from '@cb/core';
import type {
	CommandRecord,
	ErrorRecord,
	JsonValue,
	LoadedProcess,
	OperatorRequest,
	ProcessEventType,
	ReceivedCommand,
	Settlement,
	StepRecord,
	TelemetryEvent,
	UnhandledReply,
} from '@cb/core';
import { createProcessManager, createReplyRouter } from '../src/index.ts';
import type { ProcessDefinition, ProcessManager, ReplyRouter, ReplyRouterOptions } from '../src/index.ts';
import { Trip } from './trip.ts';

export const domain = 'trips';
export const queue = domainQueues(domain).processReplies;

/** What a worker does with a command of this type; a function may look at it. */
export type Work =
	| { readonly completes: JsonValue }
	| { readonly fails: string }
	| { readonly parks: string }
	| 'leaves it'
	| ((command: ReceivedCommand) => Exclude<Work, (command: ReceivedCommand) => Work>);

/** By command type. What is not named completes with a reference made of its type. */
export type WorkPlan = Readonly<Record<string, Work>>;

export interface WorldOptions {
	readonly definitions?: readonly ProcessDefinition[];
	readonly router?: Partial<ReplyRouterOptions>;
}

export class World {
	readonly subject: InMemorySubject;
	readonly manager: ProcessManager;
	readonly router: ReplyRouter;
	readonly events: TelemetryEvent[] = [];
	/** Every command that a worker has begun, by type, in order. */
	readonly executed: string[] = [];

	constructor(subject: InMemorySubject, { definitions = [Trip], router }: WorldOptions) {
		this.subject = subject;
		const { backend } = subject;
		const telemetry = { emit: (event: TelemetryEvent) => this.events.push(event) };
		this.manager = createProcessManager(backend, definitions, { telemetry });
		this.router = createReplyRouter({ backend, domain, definitions, telemetry, ...router });
	}

	get backend(): InMemorySubject['backend'] {
		return this.subject.backend;
	}

	/** Lets everything that can go on go on. */
	async settle(): Promise<void> {
		await this.subject.elapse(0);
		await this.subject.elapse(0);
	}

	async elapseSeconds(seconds: number): Promise<void> {
		await this.subject.elapse(seconds * 1_000);
		await this.settle();
	}

	/** Receives and settles what is due, once. */
	async work(plan: WorkPlan = {}, workDomain: string = domain): Promise<readonly ReceivedCommand[]> {
		const { commands } = await this.backend.commands.receive({
			domain: workDomain,
			workerId: 'test',
			limit: 1_000,
			leaseSeconds: 30,
			maxAttemptsByType: {},
			defaultMaxAttempts: 3,
			exhausted: { error: errorOf('EXHAUSTED'), fingerprint: 'exhausted' },
		});
		this.executed.push(...commands.map(({ commandType }) => commandType));
		const settlements = commands.flatMap((command) => settlementOf(command, plan[command.commandType]) ?? []);
		await this.backend.commands.settle(workDomain, settlements);
		await this.settle();
		return commands;
	}

	/** Works until no command is due and no answer is left. */
	async run(plan: WorkPlan = {}): Promise<void> {
		await this.settle();
		while ((await this.work(plan)).length > 0);
	}

	async start(input: { readonly traveller: string } = { traveller: 'Ada' }): Promise<string> {
		const { processId } = await this.manager.start(Trip, input);
		return processId;
	}

	async load(processId: string): Promise<LoadedProcess> {
		return required(await this.manager.get(processId), `process ${processId}`);
	}

	async stepOf(processId: string, name: string): Promise<StepRecord> {
		const { steps } = await this.load(processId);
		return required(
			steps.findLast(({ step }) => step === name),
			`step ${name}`,
		);
	}

	async commandOf(processId: string, name: string): Promise<CommandRecord> {
		const { commandId } = await this.stepOf(processId, name);
		const [command] = await this.backend.queries.getMany([{ domain, commandId }]);
		return required(command, `command of ${name}`);
	}

	async eventTypes(processId: string): Promise<readonly ProcessEventType[]> {
		return (await this.manager.history(processId)).map(({ type }) => type);
	}

	/** An operator's act on the parked command of a step, and everything it causes among processes. */
	async operate(processId: string, name: string, act: Act): Promise<void> {
		const { commandId } = await this.stepOf(processId, name);
		const outcome = await this.backend.troubleshooting.act({ domain, commandId, operator: { id: 'olga' }, ...act });
		if (outcome.kind !== 'done') required(undefined, `a parked command of ${name}, but it is ${outcome.kind}`);
		await this.settle();
	}

	async unhandled(): Promise<readonly UnhandledReply[]> {
		return this.backend.replies.listUnhandled(queue, 100);
	}

	/** What lies on the process reply queue, due or not. */
	async waiting(): Promise<number> {
		return (await this.subject.messages(queue)).length;
	}

	eventsOf<Kind extends TelemetryEvent['kind']>(
		kind: Kind,
	): readonly Extract<TelemetryEvent, { readonly kind: Kind }>[] {
		return this.events.filter(
			(event): event is Extract<TelemetryEvent, { readonly kind: Kind }> => event.kind === kind,
		);
	}
}

export type Act = DistributiveOmit<OperatorRequest, 'domain' | 'commandId' | 'operator'>;
type DistributiveOmit<Union, Keys extends PropertyKey> = Union extends unknown ? Omit<Union, Keys> : never;

/** With a running router. */
export async function openWorld(options: WorldOptions = {}): Promise<World> {
	const world = await openIdleWorld(options);
	await world.router.start();
	return world;
}

/** With a router that the test starts. */
export async function openIdleWorld(options: WorldOptions = {}): Promise<World> {
	const subject = createInMemorySubject();
	await subject.backend.domains.create(domain);
	return new World(subject, options);
}

export function required<Value>(value: Value | undefined | null, what: string): Value {
	if (value === undefined || value === null) throw new TypeError(`There is no ${what}.`);
	return value;
}

function errorOf(code: string): ErrorRecord {
	return { type: 'PERMANENT', code, message: `It is ${code}.`, details: null };
}

function settlementOf(command: ReceivedCommand, work: Work | undefined): Settlement | undefined {
	const { lease, commandType } = command;
	const said = typeof work === 'function' ? work(command) : (work ?? { completes: { reference: `${commandType}-1` } });
	if (said === 'leaves it') return undefined;
	if ('completes' in said) return { kind: 'complete', lease, result: said.completes };
	if ('fails' in said) {
		return { kind: 'fail', lease, error: { ...errorOf(said.fails), type: 'BUSINESS_RULE' } };
	}
	return {
		kind: 'park',
		lease,
		error: errorOf(said.parks),
		fingerprint: said.parks,
		reason: 'PERMANENT',
		maxAttempts: 3,
	};
}

/** Vitest types its matchers as `any`. */
export function containing(part: string): unknown {
	return expect.stringContaining(part);
}
