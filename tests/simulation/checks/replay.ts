/** The life of a command, told by its audit alone. */
import { commandTransitions } from '@cb/core';
import type { AuditEvent, AuditEventType, CommandStatus } from '@cb/core';

export interface ReplayedCommand {
	readonly status: CommandStatus | undefined;
	readonly generation: number;
	/** Attempts begun in this generation; unknown after a retry, which may begin at 0 or go on counting, until the next receipt tells. */
	readonly attempts: number | undefined;
	/** How often it has ended. */
	readonly endings: number;
}

const unborn: ReplayedCommand = { status: undefined, generation: 1, attempts: 0, endings: 0 };

/** What the audit says became of the command, or the first event that the table of moves does not allow. */
export function replay(trail: readonly AuditEvent[]): ReplayedCommand | { readonly illegal: string } {
	let command = unborn;
	for (const event of trail) {
		const next = apply(command, event);
		if (next === undefined) {
			return {
				illegal: `${event.type} (attempt ${event.attempt}) after ${trailText(trail)}: ${String(command.status)}`,
			};
		}
		command = next;
	}
	return command;
}

/** Every status that the command has been in, as its audit tells. */
export function statusesOf(trail: readonly AuditEvent[]): readonly CommandStatus[] {
	return trail.flatMap((_, index) => {
		const replayed = replay(trail.slice(0, index + 1));
		return 'status' in replayed ? (replayed.status ?? []) : [];
	});
}

export function trailText(trail: readonly AuditEvent[]): string {
	return trail.map(({ type, generation, attempt }) => `${type} ${generation}.${attempt}`).join(', ');
}

/**
 * A move that writes two lines is told by its second one; the FAILED before it is the one of a retry, which leads back to PENDING, so parking is
 * legal from there as well.
 */
function apply(command: ReplayedCommand, event: AuditEvent): ReplayedCommand | undefined {
	const { type, generation, attempt } = event;
	const isParking = type === 'MOVED_TO_TROUBLESHOOTING_QUEUE';
	const from = isParking && command.status === 'PENDING' ? 'IN_PROGRESS' : command.status;
	const move = commandTransitions.find((one) => one.from === from && one.audit.at(-1) === type);
	if (move === undefined || generation !== expectedGeneration(command, type)) return undefined;
	if (type === 'RECEIVED' && command.attempts !== undefined && attempt !== command.attempts + 1) return undefined;
	return {
		status: move.to,
		generation,
		attempts: attemptsAfter(command, event),
		endings: command.endings + (move.reply === undefined ? 0 : 1),
	};
}

function expectedGeneration({ generation }: ReplayedCommand, type: AuditEventType): number {
	return type === 'OPERATOR_RETRY' ? generation + 1 : generation;
}

function attemptsAfter({ attempts }: ReplayedCommand, { type, attempt }: AuditEvent): number | undefined {
	if (type === 'RECEIVED') return attempt;
	return type === 'OPERATOR_RETRY' ? undefined : attempts;
}
