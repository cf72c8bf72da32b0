import { describe, expect, it } from 'vitest';
import { commandStatuses, commandTransitions, eventsBetween, isTerminal } from './command-status.ts';
import type { CommandEvent, CommandStatus } from './command-status.ts';

/** Every move there is, written out by hand from the specification; any other pair has none. */
const moves: Readonly<Record<string, readonly CommandEvent[]>> = {
	'- → PENDING': ['send'],
	'PENDING → IN_PROGRESS': ['receive'],
	'PENDING → CANCELED': ['sender-cancel'],
	'IN_PROGRESS → PENDING': ['retry-later'],
	'IN_PROGRESS → IN_PROGRESS': ['redeliver'],
	'IN_PROGRESS → COMPLETED': ['complete'],
	'IN_PROGRESS → FAILED': ['fail'],
	'IN_PROGRESS → IN_TROUBLESHOOTING_QUEUE': ['park-exhausted', 'park-permanent', 'park-exhausted-by-redelivery'],
	'IN_TROUBLESHOOTING_QUEUE → PENDING': ['operator-retry'],
	'IN_TROUBLESHOOTING_QUEUE → CANCELED': ['operator-cancel'],
	'IN_TROUBLESHOOTING_QUEUE → COMPLETED': ['operator-complete'],
};

const pairs = [undefined, ...commandStatuses].flatMap((from) => commandStatuses.map((to) => ({ from, to })));

describe('the table of moves', () => {
	it.each(pairs)('knows the events from $from to $to', ({ from, to }) => {
		expect(eventsBetween(from, to)).toEqual(moves[`${from ?? '-'} → ${to}`] ?? []);
	});

	it('has one move per status and event', () => {
		const keys = commandTransitions.map(({ from, event }) => `${from ?? '-'} ${event}`);

		expect(new Set(keys).size).toBe(keys.length);
	});

	it('replies exactly where a command ends, and once', () => {
		const outcomes: Partial<Record<CommandStatus, string>> = {
			COMPLETED: 'SUCCESS',
			FAILED: 'FAILED',
			CANCELED: 'CANCELED',
		};

		for (const { to, reply } of commandTransitions) expect(reply).toBe(outcomes[to]);
	});

	it('writes an audit line with every move', () => {
		for (const { audit } of commandTransitions) expect(audit.length).toBeGreaterThan(0);
	});

	it('leads nowhere from a terminal status', () => {
		const terminal = commandStatuses.filter((status) => isTerminal(status));

		expect(terminal).toEqual(['COMPLETED', 'FAILED', 'CANCELED']);
		for (const from of terminal) expect(commandTransitions.filter((move) => move.from === from)).toEqual([]);
	});

	it('lets every status be reached', () => {
		const reached = new Set(commandTransitions.map(({ to }) => to));

		expect([...reached].sort()).toEqual([...commandStatuses].sort());
	});
});
