/**
 * Answers that cannot be handled: delivered again a bounded number of times, because a deployment or an operator may mend the cause, then
 * archived where operators see them. Never dropped, never looping, never in the way of others.
 */
import { emit } from '@cb/core';
import type { ReceivedReply } from '@cb/core';
import type { RouterParts, RouterSettings } from './router-options.ts';

export type TroubleKind =
	'malformed' | 'no-correlation' | 'unknown-process' | 'no-definition' | 'definition-failed' | 'refused' | 'contended';

export interface Trouble {
	readonly reply: ReceivedReply;
	readonly kind: TroubleKind;
	readonly reason: string;
}

/** Long enough for every path of a schema that was violated, short enough to be read. */
const maxReasonLength = 2_000;

/** Puts back what may still be mended, and sets aside the rest. */
export async function settleTroubles<Tx>(parts: RouterParts<Tx>, troubles: readonly Trouble[]): Promise<void> {
	if (troubles.length === 0) return;
	const { replies } = parts.backend;
	const final = troubles.filter((trouble) => isFinal(parts.settings, trouble));
	const mendable = troubles.filter((trouble) => !final.includes(trouble));
	if (mendable.length > 0) {
		await replies.retryLater(
			mendable.map(({ reply }) => reply.lease),
			parts.settings.retryDelaySeconds,
		);
	}
	if (final.length > 0) {
		await replies.setAside(final.map((trouble) => ({ lease: trouble.reply.lease, reason: reasonOf(trouble) })));
	}
	for (const trouble of troubles) tell(parts, trouble, final.includes(trouble));
}

/** Decided by the number of deliveries, so that no clock but the store's is asked. */
function isFinal(settings: RouterSettings, { kind, reply }: Trouble): boolean {
	const { maxReplyAttempts, retryDelaySeconds, unknownProcessGraceSeconds } = settings;
	if (kind === 'contended') return false;
	if (kind !== 'unknown-process') return reply.lease.attempt >= maxReplyAttempts;
	return reply.lease.attempt > Math.ceil(unknownProcessGraceSeconds / retryDelaySeconds);
}

function reasonOf({ kind, reason, reply }: Trouble): string {
	const text = `${kind}, delivered ${String(reply.lease.attempt)} times. ${reason}`;
	return text.replaceAll('\u0000', '').toWellFormed().slice(0, maxReasonLength);
}

function tell<Tx>({ telemetry, logger }: RouterParts<Tx>, trouble: Trouble, isLast: boolean): void {
	const { queue, messageId, attempt } = trouble.reply.lease;
	const reason = reasonOf(trouble);
	emit(telemetry, { kind: 'reply-unhandled', queue, messageId, reason, isFinal: isLast });
	logger?.warn(
		{ queue, messageId, attempt, reason },
		isLast ? 'reply set aside for operators' : 'reply cannot be handled now',
	);
}
