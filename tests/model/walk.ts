/** The audit of a command as a walk through the table of moves: where it leads, and where it leaves the table. */
import { eventsBetween } from '@cb/core';
import type { AuditEventType, CommandStatus } from '@cb/core';
import type { SeenLine } from './observation.ts';

interface Walk {
	readonly status: CommandStatus | undefined;
	readonly generation: number;
	/** Undefined after an operator's retry, which may keep them. */
	readonly attempts: number | undefined;
	readonly problems: readonly string[];
}

/** Follows the lines of a history through the table of moves. */
export function walkOf(history: readonly SeenLine[]): Walk {
	let walk: Walk = { status: undefined, generation: 1, attempts: 0, problems: [] };
	for (const [index, line] of history.entries()) walk = next(walk, line, history[index + 1]);
	return walk;
}

function next(walk: Walk, line: SeenLine, following: SeenLine | undefined): Walk {
	if (isFirstOfTwo(line, following)) return walk;
	const to = statusAfter[line.type];
	const isRetry = line.type === 'OPERATOR_RETRY';
	const generation = walk.generation + (isRetry ? 1 : 0);
	const attempts = line.type === 'RECEIVED' ? (walk.attempts ?? line.attempt - 1) + 1 : walk.attempts;
	const isMove = eventsBetween(fromOf(walk.status, line), to).length > 0;
	const isCounted = attempts === undefined || line.attempt === attempts;
	const problems = [
		isMove ? [] : [`moved from ${String(walk.status)} to ${to}`],
		line.generation === generation ? [] : [`wrote ${line.type} in generation ${line.generation} of ${generation}`],
		isCounted ? [] : [`wrote ${line.type} ${line.attempt} at attempt ${attempts}`],
	].flat();
	return {
		status: to,
		generation,
		attempts: isRetry ? undefined : attempts,
		problems: [...walk.problems, ...problems],
	};
}

/** Parking writes two lines, one move. */
function isFirstOfTwo({ type }: SeenLine, following: SeenLine | undefined): boolean {
	const isParked = following?.type === 'MOVED_TO_TROUBLESHOOTING_QUEUE';
	return type === 'FAILED' && isParked && following.details['reason'] !== 'EXHAUSTED_BY_REDELIVERY';
}

/**
 * Where a line finds its command. A lease that was given back leaves no line; and a receive that finds the attempts used up, because a worker
 * allows fewer than the one before, takes the command and parks it in one go.
 */
function fromOf(status: CommandStatus | undefined, { type }: SeenLine): CommandStatus | undefined {
	if (type === 'CANCELED' && status === 'IN_PROGRESS') return 'PENDING';
	if (type === 'MOVED_TO_TROUBLESHOOTING_QUEUE' && status === 'PENDING') return 'IN_PROGRESS';
	return status;
}

const statusAfter: Readonly<Record<AuditEventType, CommandStatus>> = {
	SENT: 'PENDING',
	FAILED: 'PENDING',
	OPERATOR_RETRY: 'PENDING',
	RECEIVED: 'IN_PROGRESS',
	MOVED_TO_TROUBLESHOOTING_QUEUE: 'IN_TROUBLESHOOTING_QUEUE',
	COMPLETED: 'COMPLETED',
	OPERATOR_COMPLETE: 'COMPLETED',
	BUSINESS_RULE_FAILED: 'FAILED',
	CANCELED: 'CANCELED',
	OPERATOR_CANCEL: 'CANCELED',
};
