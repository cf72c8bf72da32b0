/** From what was decided to what the store takes: commands validated, ids given, and a line in the trail for each. */
import { domainQueues, prepareCommand } from '@cb/core';
import type {
	CommandRequest,
	MessageHeaders,
	NewProcessEvent,
	ProcessAdvance,
	ReplyLease,
	StepCommand,
} from '@cb/core';
import type { ProcessChange, StepToSend } from './decision.ts';

export interface SendContext {
	readonly processId: string;
	/** The domain of the process: its process reply queue gets the answers. */
	readonly domain: string;
	/** The command whose answer causes this one. */
	readonly causationId?: string | undefined;
	/** Carried with the command, for traces; the step's own win. */
	readonly headers?: MessageHeaders | undefined;
	readonly maxPayloadBytes: number;
}

/** Rejects with `PayloadInvalidError`, `PayloadTooLargeError` or `InvalidArgumentError`. */
export async function prepareStep(sent: StepToSend, context: SendContext): Promise<StepCommand> {
	const { request, step, kind, undoes } = sent;
	const { processId, causationId, domain, maxPayloadBytes } = context;
	const said = { ...request, options: saidOptions(sent, context) };
	const { command } = await prepareCommand(said, { maxPayloadBytes, telemetry: undefined });
	const replyTo = domainQueues(domain).processReplies;
	const own = { correlationId: processId, causationId, replyTo, wantsNotices: true };
	return { step, kind, undoes, command: { ...command, ...own } };
}

/** What others have said, to be validated: most steps say nothing. */
function saidOptions({ request }: StepToSend, context: SendContext): CommandRequest['options'] {
	const { headers, retry, delaySeconds, dueAt } = request.options ?? {};
	const allHeaders = { ...context.headers, ...headers };
	const hasHeaders = Object.keys(allHeaders).length > 0;
	if (!hasHeaders && retry === undefined && delaySeconds === undefined && dueAt === undefined) return undefined;
	return { headers: hasHeaders ? allHeaders : undefined, retry, delaySeconds, dueAt };
}

/** Rejects as `prepareStep` does. */
export async function prepareAdvance(
	change: ProcessChange,
	context: Omit<SendContext, 'processId'>,
	acknowledge?: ReplyLease,
): Promise<ProcessAdvance> {
	const { processId } = change;
	const send = await Promise.all(change.send.map((sent) => prepareStep(sent, { ...context, processId })));
	return { ...change, send, events: [...change.events, ...send.map(sentEvent)], acknowledge };
}

function sentEvent({ step, kind, undoes, command }: StepCommand): NewProcessEvent {
	const details = kind === 'undo' ? { kind, undoes: undoes ?? null } : { kind };
	return { type: 'STEP_SENT', step, commandId: command.commandId, details };
}
