/** The moves of senders, and of strangers who send what they should not. */
import type { AcceptOutcome, NewCommand } from '@cb/core';
import type { Move } from '../move.ts';
import { queues } from '../messages.ts';
import * as model from '../semantics/sending.ts';
import type { Sending } from '../semantics/sending.ts';
import { domain } from '../stage.ts';
import type { Stage } from '../stage.ts';
import { inTransaction } from './transactions.ts';
import type { CallersTransaction } from './transactions.ts';

export const commandType = 'Act';

export function newCommand({ names }: Stage, sending: Sending): NewCommand {
	const { name, data, replyTo, wantsNotices, maxAttempts, delaySeconds, mayExist } = sending;
	return {
		domain,
		commandId: names.idOf(name),
		commandType,
		data,
		correlationId: names.idOf(`f${name.slice(1)}`),
		replyTo: replyTo === null ? undefined : queues.replies,
		wantsNotices,
		maxAttempts: maxAttempts ?? undefined,
		delaySeconds,
		onDuplicate: mayExist ? 'return-existing' : 'refuse',
	};
}

export interface SendOptions {
	readonly allOrNothing: boolean;
	readonly transaction: CallersTransaction;
}

export function send(sendings: readonly Sending[], options: SendOptions): Move {
	const { allOrNothing, transaction } = options;
	return {
		text: `send ${sendings.map(sendingText).join(', ')}${allOrNothing ? ' all or nothing' : ''}${transaction === 'none' ? '' : `, ${transaction}`}`,
		predict(world) {
			const sent = model.send(world, sendings, { allOrNothing });
			return [transaction === 'roll-back' ? { ...sent, world } : sent];
		},
		async perform(stage) {
			const { commands } = stage.backend;
			const wanted = sendings.map((sending) => newCommand(stage, sending));
			const accept = allOrNothing ? commands.acceptAll.bind(commands) : commands.accept.bind(commands);
			return kindsOf(await inTransaction(stage, transaction, (tx) => accept(wanted, tx)));
		},
	};
}

export function sendingText({ name, replyTo, wantsNotices, maxAttempts, delaySeconds, mayExist }: Sending): string {
	const facts = [
		replyTo === null ? [] : ['reply'],
		wantsNotices ? ['notices'] : [],
		maxAttempts === null ? [] : [`${maxAttempts} attempts`],
		delaySeconds === 0 ? [] : [`in ${delaySeconds} s`],
		mayExist ? ['may exist'] : [],
	].flat();
	return facts.length === 0 ? name : `${name} (${facts.join(', ')})`;
}

function kindsOf(outcomes: readonly AcceptOutcome[]): readonly string[] {
	return outcomes.map(({ kind }) => kind);
}

export function cancel(command: string): Move {
	const reason = 'No longer wanted.';
	return {
		text: `the sender cancels ${command}`,
		predict: (world) => [model.cancel(world, command, reason)],
		async perform({ backend, names }) {
			const outcome = await backend.commands.cancel({ domain, commandId: names.idOf(command) }, reason);
			return outcome.kind === 'not-pending' ? { notPending: outcome.status } : outcome.kind;
		},
	};
}

export function putStray(command: string): Move {
	return {
		text: `a stranger puts a message of ${command} on the queue`,
		predict: (world) => [{ world: model.putStray(world, command), outcome: undefined }],
		async perform({ names, putMessage }) {
			await putMessage(queues.commands, {
				command_id: names.idOf(command),
				command_type: commandType,
				domain,
				correlation_id: names.idOf('f0'),
				created_at: '2026-01-01T00:00:00.000Z',
				data: 'stray',
			});
		},
	};
}
