/** What operators do to parked commands. Pure, like the moves of workers. */
import type { CommandStatus, JsonValue, OperatorAction } from '@cb/core';
import { end, noticeOf } from './endings.ts';
import { answered, changed, enqueue, line, withCommand } from './world.ts';
import type { Command, DoneAct, LastAct, Moved, World } from './world.ts';

export interface Act {
	readonly command: string;
	readonly action: OperatorAction;
	readonly operator: string;
	readonly reason: string;
	readonly keepAttempts: boolean;
	/** With retry: the payload to send instead. */
	readonly amendment: JsonValue | undefined;
	readonly result: JsonValue;
	readonly suppressReply: boolean;
	readonly expectedVersion: number | undefined;
	readonly requestId: string | undefined;
}

export type ActResult =
	| DoneAct
	| { readonly kind: 'not-found' }
	| { readonly kind: 'not-parked'; readonly status: CommandStatus; readonly lastAct: LastAct | null }
	| {
			readonly kind: 'version-conflict';
			readonly status: CommandStatus;
			readonly version: number;
			readonly lastAct: LastAct | null;
	  };

/** One act, whole or not at all. What was done under a request id is done once. */
export function act(world: World, wanted: Act): Moved<ActResult> {
	const command = world.commands.get(wanted.command);
	if (command === undefined) return { world, outcome: { kind: 'not-found' } };
	const first = command.requests.get(wanted.requestId ?? '');
	if (first !== undefined) return { world, outcome: { ...first, isRepeated: true } };
	const { status, version, lastAct } = command;
	if (wanted.expectedVersion !== undefined && wanted.expectedVersion !== version) {
		return { world, outcome: { kind: 'version-conflict', status, version, lastAct } };
	}
	if (status !== 'IN_TROUBLESHOOTING_QUEUE') return { world, outcome: { kind: 'not-parked', status, lastAct } };
	return remember(perform(world, command, wanted), wanted);
}

function remember(world: World, { command: name, action, requestId }: Act): Moved<ActResult> {
	const command = world.commands.get(name);
	if (command === undefined) return { world, outcome: { kind: 'not-found' } };
	const { status, version, generation } = command;
	const batch = action === 'retry' ? null : command.batch;
	const outcome: DoneAct = { kind: 'done', status, version, generation, batch, isRepeated: false };
	if (requestId === undefined) return { world, outcome };
	const requests = new Map(command.requests).set(requestId, outcome);
	return { world: withCommand(world, { ...command, requests }), outcome };
}

function perform(world: World, command: Command, wanted: Act): World {
	const { action, operator, reason, result, suppressReply } = wanted;
	const by = { operator: { id: operator, kind: 'human' }, reason };
	const change = { lastAct: { action, operator, reason } };
	switch (action) {
		case 'retry':
			return retry(world, command, wanted);
		case 'cancel': {
			const error = { type: 'CANCELED', code: 'CANCELED', message: reason, details: null } as const;
			const canceled = line(command, 'OPERATOR_CANCEL', { details: { ...by, isReplySuppressed: suppressReply } });
			return end(world, command, { status: 'CANCELED', result: null, error, line: canceled, suppressReply, change });
		}
		case 'complete': {
			const details = { ...by, result, isReplySuppressed: suppressReply };
			const completed = line(command, 'OPERATOR_COMPLETE', { details });
			return end(world, command, { status: 'COMPLETED', result, error: null, line: completed, suppressReply, change });
		}
	}
}

/** Sends the parked message again, word for word but for an amendment, as the next generation. Kept attempts leave at least one to make. */
function retry(world: World, command: Command, wanted: Act): World {
	const { operator, reason, amendment, keepAttempts } = wanted;
	const parkedData = world.archive.find(({ id }) => id === command.messageId)?.data ?? null;
	const sent = enqueue(world, { command: command.name, data: amendment ?? parkedData, dueAt: world.now });
	const maxAttempts = command.parked?.maxAttempts ?? 1;
	const retried = changed(command, {
		status: 'PENDING',
		generation: command.generation + 1,
		attempts: keepAttempts ? Math.min(command.attempts, maxAttempts - 1) : 0,
		messageId: sent.lastMessageId,
		deferrals: 0,
		parked: null,
		lastError: null,
		lastAct: { action: 'retry', operator, reason },
	});
	const details = {
		operator: { id: operator, kind: 'human' },
		reason,
		...(amendment === undefined ? {} : { amendment: { diff: diffOf(amendment) } }),
	};
	const retryLine = line(retried, 'OPERATOR_RETRY', { attempt: command.attempts, details });
	const after = withCommand(sent, { ...retried, audit: [...command.audit, retryLine] });
	return retried.wantsNotices ? answered(after, retried, noticeOf(retried, 'resumed')) : after;
}

/** The difference that an operator hands in with an amendment is stored as it came. */
export function diffOf(amendment: JsonValue): JsonValue {
	return [{ op: 'replace', path: '', value: amendment }];
}
