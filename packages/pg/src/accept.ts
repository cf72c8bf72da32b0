/** Refusals of cb.accept_commands → the port's outcomes, in the order of the request. */
import type { AcceptOutcome, CommandAddress, ExistingCommand, NewCommand } from '@cb/core';
import { commandTopic } from './notifier.ts';
import type { Queryable } from './queryable.ts';
import type { Refusal } from './rows/refusal-row.ts';
import { readCommands } from './statements/read-commands.ts';
import { readRemembered } from './statements/read-remembered.ts';

export function topicsOf(commands: readonly NewCommand[]): readonly string[] {
	return [...new Set(commands.map(({ domain }) => commandTopic(domain)))];
}

export async function acceptOutcomes(
	db: Queryable,
	commands: readonly NewCommand[],
	refusals: readonly Refusal[],
): Promise<readonly AcceptOutcome[]> {
	const isNothingStored = refusals.some(({ outcome }) => outcome === 'nothing-stored');
	const outcomes: AcceptOutcome[] = commands.map(() => ({ kind: isNothingStored ? 'not-stored' : 'accepted' }));
	const duplicates: number[] = [];
	for (const { position, outcome } of refusals) {
		const command = commands[position];
		if (command === undefined) continue;
		if (outcome === 'duplicate') duplicates.push(position);
		else outcomes[position] = refusedAs(outcome, command);
	}
	await tellDuplicates(db, { commands, duplicates, outcomes });
	return outcomes;
}

function refusedAs(outcome: Exclude<Refusal['outcome'], 'duplicate'>, command: NewCommand): AcceptOutcome {
	if (outcome === 'reply-queue-not-found') return { kind: outcome, replyTo: command.replyTo ?? '' };
	return outcome === 'domain-not-found' ? { kind: outcome } : { kind: 'not-stored' };
}

/** A duplicate comes with the first of its id: the stored one, the one that was pruned, or, where nothing was stored, its namesake in the set. */
async function tellDuplicates(
	db: Queryable,
	found: { commands: readonly NewCommand[]; duplicates: readonly number[]; outcomes: AcceptOutcome[] },
): Promise<void> {
	if (found.duplicates.length === 0) return;
	const addresses = found.duplicates.flatMap((position) => found.commands[position] ?? []);
	const records = await readCommands(db, addresses);
	const remembered = records.includes(undefined) ? await readRemembered(db, addresses) : [];
	for (const [index, position] of found.duplicates.entries()) {
		const address = addresses[index];
		const existing = records[index] ?? namesakeOf(remembered, address) ?? namesakeOf(found.commands, address);
		if (existing !== undefined) found.outcomes[position] = { kind: 'duplicate', existing };
	}
}

function namesakeOf<Known extends ExistingCommand>(
	known: readonly Known[],
	duplicate: CommandAddress | undefined,
): Known | undefined {
	return known.find(({ domain, commandId }) => domain === duplicate?.domain && commandId === duplicate.commandId);
}
