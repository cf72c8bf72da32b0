/** Where a command comes to rest: parked for operators, or ended with its one reply. */
import type { CommandStatus, ErrorRecord, JsonValue, ParkReason } from '@cb/core';
import { answered, archive, changed, line, withCommand } from './world.ts';
import type { Answer, Command, World } from './world.ts';

export interface Parking {
	readonly error: ErrorRecord;
	readonly fingerprint: string;
	readonly reason: ParkReason;
	readonly maxAttempts: number;
}

export function park(world: World, command: Command, parking: Parking): World {
	const { error, fingerprint, maxAttempts, reason } = parking;
	const moved = line(command, 'MOVED_TO_TROUBLESHOOTING_QUEUE', { details: { reason, error: { ...error } } });
	const parked = changed(command, {
		status: 'IN_TROUBLESHOOTING_QUEUE',
		parked: { maxAttempts, fingerprint },
		lastError: error,
		audit: [...command.audit, moved],
	});
	const after = withCommand(archive(world, command.messageId), parked);
	return parked.wantsNotices ? answered(after, parked, noticeOf(parked, 'parked')) : after;
}

export function noticeOf({ name, generation, lastError }: Command, kind: 'parked' | 'resumed'): Answer {
	return { kind, command: name, generation, error: lastError };
}

const outcomeByStatus = { COMPLETED: 'SUCCESS', FAILED: 'FAILED', CANCELED: 'CANCELED' } as const;

interface Ending {
	readonly status: Extract<CommandStatus, keyof typeof outcomeByStatus>;
	readonly result: JsonValue;
	/** In the reply, and on the record except after a cancel, which leaves the last error there. */
	readonly error: ErrorRecord | null;
	readonly line: Command['audit'][number];
	readonly suppressReply?: boolean;
	readonly change?: Partial<Command>;
}

/** The end of a command, with its one reply. */
export function end(world: World, command: Command, ending: Ending): World {
	const { status, result, error, suppressReply = false, change = {} } = ending;
	const ended = changed(command, {
		status,
		parked: null,
		result,
		lastError: status === 'CANCELED' ? command.lastError : error,
		audit: [...command.audit, ending.line],
		...change,
	});
	const after = withCommand(world, ended);
	if (suppressReply) return after;
	const { name, generation } = ended;
	return answered(after, ended, {
		kind: 'reply',
		command: name,
		generation,
		outcome: outcomeByStatus[status],
		data: result,
		error,
	});
}
