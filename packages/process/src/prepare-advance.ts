/** From what was decided to what the store takes: commands validated, ids given, and a line in the trail for each. */
import { domainQueues, prepareCommand } from '@cb/core';
import type { MessageHeaders, NewProcessEvent, ProcessAdvance, ReplyLease, StepCommand } from '@cb/core';
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
	const { headers, retry, delaySeconds, dueAt } = request.options ?? {};
	const options = {
		headers: { ...context.headers, ...headers },
		retry,
		delaySeconds,
		dueAt,
		correlationId: context.processId,
		causationId: context.causationId,
		replyTo: domainQueues(context.domain).processReplies,
		wantsNotices: true,
	};
	const { maxPayloadBytes } = context;
	const { command } = await prepareCommand({ ...request, options }, { maxPayloadBytes, telemetry: undefined });
	return { step, kind, undoes, command };
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
