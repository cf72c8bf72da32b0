/** A set of messages of one reply queue, from receipt to the last acknowledgement. */
import { emit } from '@cb/core';
import type { ReceivedReply } from '@cb/core';
import { advanceSet } from './advance-set.ts';
import type { Handled } from './advance-set.ts';
import { readAnswer } from './read-answer.ts';
import type { PendingAnswer } from './read-answer.ts';
import { settleTroubles } from './reply-trouble.ts';
import type { Trouble } from './reply-trouble.ts';
import { tellSent } from '../tell-sent.ts';
import type { RouterParts } from './router-options.ts';

/**
 * Sees to every message of the set: stored with its effect, put back or set aside. Answers to one process are stored one after the other,
 * in their order. Rejects only where the infrastructure fails: then it may be called again with the same set, and what was stored before is
 * recognised by its lease.
 */
export async function handleReplies<Tx>(parts: RouterParts<Tx>, received: readonly ReceivedReply[]): Promise<void> {
	const startedAt = parts.backend.clock.now();
	const read = received.map(readAnswer);
	const troubles: Trouble[] = read.filter((one) => 'reason' in one);
	let waiting: readonly PendingAnswer[] = read.filter((one) => 'answer' in one);
	while (waiting.length > 0) {
		const set = firstOfEachProcess(waiting);
		const results = await advanceSet(parts, set);
		for (const result of results) if (result.kind === 'stored') tell(parts, result, startedAt);
		troubles.push(...results.flatMap((result) => (result.kind === 'trouble' ? [result.trouble] : [])));
		const again = results.flatMap((result) => (result.kind === 'again' ? [result.pending] : []));
		troubles.push(...again.filter((pending) => isContended(parts, pending)).map(contended));
		const rest = waiting.filter((pending) => !set.includes(pending));
		waiting = [...again.filter((pending) => !isContended(parts, pending)), ...rest];
	}
	await settleTroubles(parts, troubles);
}

/** What names no process yet stands for itself. */
function firstOfEachProcess(waiting: readonly PendingAnswer[]): readonly PendingAnswer[] {
	const first = new Map<string | PendingAnswer, PendingAnswer>();
	for (const pending of waiting) {
		const key = pending.processId ?? pending;
		if (!first.has(key)) first.set(key, pending);
	}
	return [...first.values()];
}

function isContended<Tx>({ settings }: RouterParts<Tx>, { staleCount }: PendingAnswer): boolean {
	return staleCount > settings.maxStaleRetries;
}

function contended({ reply, staleCount, processId }: PendingAnswer): Trouble {
	const reason = `Process ${String(processId)} moved on ${String(staleCount)} times while this answer was decided.`;
	return { reply, kind: 'contended', reason };
}

function tell<Tx>(
	{ backend, telemetry, logger }: RouterParts<Tx>,
	{ loaded, pending, decision, commands }: Extract<Handled, { readonly kind: 'stored' }>,
	startedAt: number,
): void {
	const { processId, processType, domain } = loaded.process;
	const process = { processId, processType, domain };
	const { commandId } = pending.answer;
	if (decision.ignored !== undefined) {
		emit(telemetry, { kind: 'reply-ignored', ...process, commandId, reason: decision.ignored });
		logger?.info({ processId, processType, commandId, reason: decision.ignored }, 'answer ignored');
		return;
	}
	const { status } = decision.change;
	const durationMs = backend.clock.now() - startedAt;
	emit(telemetry, { kind: 'process-advanced', ...process, commandId, status, durationMs });
	tellSent(telemetry, commands, durationMs);
	for (const { step, error } of decision.failedUndos) {
		emit(telemetry, { kind: 'compensation-failed', ...process, step, error });
		logger?.warn({ processId, processType, step, error }, 'an undo could not be done');
	}
}
