/** What workers say became of a command, under a lease that still runs or not at all. */
import type { ErrorRecord, JsonValue } from '@cb/core';
import { end, park } from './endings.ts';
import type { Parking } from './endings.ts';
import { heldCommand } from './leasing.ts';
import { archive, changed, dequeue, line, redue, withCommand } from './world.ts';
import type { Command, Lease, Moved, World } from './world.ts';

/** What a worker says became of a command. */
export type Verdict =
	| { readonly kind: 'complete'; readonly result: JsonValue }
	| { readonly kind: 'retry-later'; readonly error: ErrorRecord; readonly delaySeconds: number }
	| ({ readonly kind: 'park' } & Parking)
	| { readonly kind: 'fail'; readonly error: ErrorRecord };

export type SettledOutcome = 'settled' | 'lease-lost';

export interface Settling {
	readonly lease: Lease;
	readonly verdict: Verdict;
}

export function settle(world: World, settlings: readonly Settling[]): Moved<readonly SettledOutcome[]> {
	let after = world;
	const outcome = settlings.map(({ lease, verdict }): SettledOutcome => {
		const command = heldCommand(after, lease);
		if (command === undefined) return 'lease-lost';
		after = settleOne(after, command, verdict);
		return 'settled';
	});
	return { world: after, outcome };
}

function settleOne(world: World, command: Command, verdict: Verdict): World {
	switch (verdict.kind) {
		case 'complete': {
			const { result } = verdict;
			const gone = dequeue(world, command.messageId);
			return end(gone, command, { status: 'COMPLETED', result, error: null, line: line(command, 'COMPLETED') });
		}
		case 'fail': {
			const { error } = verdict;
			const kept = archive(world, command.messageId);
			const failed = line(command, 'BUSINESS_RULE_FAILED', { details: { error: { ...error } } });
			return end(kept, command, { status: 'FAILED', result: null, error, line: failed });
		}
		case 'retry-later': {
			const { error, delaySeconds } = verdict;
			const failed = line(command, 'FAILED', { details: { error: { ...error }, delaySeconds } });
			const audit = [...command.audit, failed];
			const pending = changed(command, { status: 'PENDING', lastError: error, audit });
			return withCommand(redue(world, command.messageId, world.now + delaySeconds), pending);
		}
		case 'park': {
			const failed = line(command, 'FAILED', { details: { error: { ...verdict.error } } });
			return park(world, { ...command, audit: [...command.audit, failed] }, verdict);
		}
	}
}
