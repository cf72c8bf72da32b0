/** One answer each for some processes: read them together, decide each by itself, store them in one transaction. */
import { carriedHeaders, isCommandBusError, traced } from '@cb/core';
import type { AcceptOutcome, AdvanceOutcome, LoadedProcess, NewCommand, ProcessAdvance, TracedWork } from '@cb/core';
import { advance } from '../advance.ts';
import type { Decision } from '../decision.ts';
import { prepareAdvance } from '../prepare-advance.ts';
import type { ProcessDefinition } from '../process-definition.ts';
import { ownHeaders } from './read-answer.ts';
import type { PendingAnswer } from './read-answer.ts';
import type { Trouble, TroubleKind } from './reply-trouble.ts';
import type { RouterParts } from './router-options.ts';

/** What became of one answer. */
export type Handled =
	| {
			readonly kind: 'stored';
			readonly loaded: LoadedProcess;
			readonly pending: PendingAnswer;
			readonly decision: Decision;
			/** What was sent with it. */
			readonly commands: readonly NewCommand[];
	  }
	/** To be decided again: the process moved on meanwhile, or it is known now whose answer this is. */
	| { readonly kind: 'again'; readonly pending: PendingAnswer }
	| { readonly kind: 'trouble'; readonly trouble: Trouble }
	/** Somebody else has the message now, or it was handled: nothing is left to do. */
	| { readonly kind: 'gone' };

interface Prepared {
	readonly pending: PendingAnswer;
	readonly loaded: LoadedProcess;
	readonly decision: Decision;
	readonly advance: ProcessAdvance;
}

/** At most one answer per process. Rejects only where the infrastructure fails; then the same set may be handled again. */
export async function advanceSet<Tx>(
	parts: RouterParts<Tx>,
	set: readonly PendingAnswer[],
): Promise<readonly Handled[]> {
	const named = set.filter(({ processId }) => processId !== undefined);
	const loaded = await parts.backend.processes.loadMany(named.flatMap(({ processId }) => processId ?? []));
	const byAnswer = new Map(named.map((pending, index) => [pending, loaded[index]]));
	const strangers: Handled[] = [];
	for (const pending of set) {
		// One after the other: a flood of strangers must not take every connection.
		if (byAnswer.get(pending) === undefined) strangers.push(await findOwner(parts, pending));
	}
	const decided = await Promise.all(
		[...byAnswer].flatMap(([pending, process]) => (process === undefined ? [] : [prepare(parts, pending, process)])),
	);
	const prepared = decided.flatMap((one) => ('advance' in one ? [one] : []));
	const undecided = decided.flatMap((one) => ('advance' in one ? [] : [one]));
	const outcomes = await store(parts, prepared);
	return [...strangers, ...undecided, ...prepared.map((one, index) => handled(one, outcomes[index]))];
}

async function prepare<Tx>(
	parts: RouterParts<Tx>,
	pending: PendingAnswer,
	loaded: LoadedProcess,
): Promise<Prepared | Handled> {
	const { processType, processId } = loaded.process;
	const definition = parts.definitions.get(processType);
	if (definition === undefined) {
		const reason = `This router has no definition of "${processType}" (process ${processId}).`;
		return trouble(pending, 'no-definition', reason);
	}
	const { headers } = pending.reply;
	const run = (): Promise<Prepared | Handled> => decide(parts, definition, { loaded, pending });
	return traced(parts.telemetry, { headers, work: workOf(pending, loaded), run });
}

async function decide<Tx>(
	{ telemetry, settings: { maxPayloadBytes } }: RouterParts<Tx>,
	definition: ProcessDefinition,
	{ loaded, pending }: { readonly loaded: LoadedProcess; readonly pending: PendingAnswer },
): Promise<Prepared | Handled> {
	const { reply, answer } = pending;
	const { processId, processType, domain } = loaded.process;
	try {
		const decision = advance(definition, loaded, answer);
		const headers = { ...ownHeaders(reply), ...carriedHeaders(telemetry) };
		const context = { domain, causationId: answer.commandId, headers, maxPayloadBytes };
		return { pending, loaded, decision, advance: await prepareAdvance(decision.change, context, reply.lease) };
	} catch (error) {
		return trouble(
			pending,
			'definition-failed',
			`Process ${processId} ("${processType}") is unchanged: ${messageOf(error)}`,
		);
	}
}

function workOf({ reply, answer }: PendingAnswer, { process }: LoadedProcess): TracedWork {
	const { domain, processType, processId } = process;
	const { commandId } = answer;
	const about = { domain, queue: reply.lease.queue, commandId, correlationId: processId, processType, processId };
	return { name: `advance ${processType}`, kind: 'consumer', attributes: about };
}

/** For an answer that does not name a process the store knows: the command may. */
async function findOwner<Tx>(parts: RouterParts<Tx>, pending: PendingAnswer): Promise<Handled> {
	const { domain, answer, processId } = pending;
	const owner = await parts.backend.processes.findByCommand(domain, answer.commandId);
	if (owner !== undefined && owner !== processId) return { kind: 'again', pending: { ...pending, processId: owner } };
	const command = `command ${answer.commandId} of "${domain}"`;
	return processId === undefined
		? trouble(pending, 'no-correlation', `The answer to ${command} has no correlation id, and no process waits for it.`)
		: trouble(
				pending,
				'unknown-process',
				`Process ${processId}, which the answer to ${command} names, does not exist.`,
			);
}

type StoreOutcome = AdvanceOutcome | { readonly kind: 'failed'; readonly error: unknown };

/** When the store cannot take a set and it is not the store's own fault, one of the set is bad: each is tried alone. */
async function store<Tx>(parts: RouterParts<Tx>, prepared: readonly Prepared[]): Promise<readonly StoreOutcome[]> {
	if (prepared.length === 0) return [];
	try {
		return await parts.backend.processes.advance(prepared.map((one) => one.advance));
	} catch (error) {
		if (isInfrastructureFailure(error)) throw error;
		if (prepared.length === 1) return [{ kind: 'failed', error }];
		const outcomes: StoreOutcome[] = [];
		for (const one of prepared) outcomes.push(...(await store(parts, [one])));
		return outcomes;
	}
}

/** Only a failure that may come from what was stored counts against an answer. */
function isInfrastructureFailure(error: unknown): boolean {
	if (!isCommandBusError(error, 'store')) return isCommandBusError(error);
	return error.isRetryable || (error.reason !== 'unknown' && error.reason !== 'unique-violation');
}

function handled(
	{ pending, loaded, decision, advance: { processId, send } }: Prepared,
	outcome: StoreOutcome | undefined,
): Handled {
	switch (outcome?.kind) {
		case 'advanced':
			return { kind: 'stored', loaded, pending, decision, commands: send.map(({ command }) => command) };
		case 'stale':
			return { kind: 'again', pending: { ...pending, staleCount: pending.staleCount + 1 } };
		case 'refused':
			return trouble(
				pending,
				'refused',
				`Process ${processId} is unchanged: its next command was refused, ${refusalText(outcome.outcome)}.`,
			);
		case 'not-found':
			return trouble(pending, 'unknown-process', `Process ${processId} does not exist any more.`);
		case 'failed':
			return trouble(
				pending,
				'refused',
				`Process ${processId} is unchanged: the store failed, ${messageOf(outcome.error)}`,
			);
		case 'lease-lost':
		case undefined:
			return { kind: 'gone' };
	}
}

function refusalText(outcome: AcceptOutcome): string {
	return outcome.kind === 'reply-queue-not-found' ? `${outcome.kind} (${outcome.replyTo})` : outcome.kind;
}

function trouble({ reply }: PendingAnswer, kind: TroubleKind, reason: string): Handled {
	return { kind: 'trouble', trouble: { reply, kind, reason } };
}

function messageOf(error: unknown): string {
	return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
