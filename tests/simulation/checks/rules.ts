/** What must hold when a run is over, whatever went wrong in it. */
import { checkActs, checkBatches, checkBulks, checkCancels } from './check-operations.ts';
import { checkCommand, checkOrigins, checkSends } from './check-commands.ts';
import { checkProcess, checkStarts } from './check-processes.ts';
import type { Facts } from './facts.ts';
import type { Scenario } from '../scenario.ts';

/** The first rule that does not hold, as a sentence. */
export function brokenRule(facts: Facts, { isCleanedUp }: Pick<Scenario, 'isCleanedUp'>): string | undefined {
	const [broken] = [...rules(facts), ...(isCleanedUp ? whatIsNotResolved(facts) : [])];
	return broken;
}

function* rules(facts: Facts): Iterable<string> {
	if (facts.leftMessageCount > 0) yield `${facts.leftMessageCount} commands or answers are on their way after the end`;
	for (const { queue, reason } of facts.unhandled) yield `an answer on ${queue} was set aside: ${reason}`;
	yield* checkSends(facts);
	yield* checkOrigins(facts);
	for (const command of facts.commands.values()) yield* checkCommand(facts, command);
	yield* checkActs(facts);
	yield* checkCancels(facts);
	yield* checkBatches(facts);
	yield* checkBulks(facts);
	yield* checkStarts(facts);
	for (const process of facts.processes) yield* checkProcess(facts, process);
}

/** After somebody has resolved all that was parked, everything has ended. */
function* whatIsNotResolved({ commands, batches, processes }: Facts): Iterable<string> {
	for (const { record } of commands.values()) {
		if (record.completedAt === null)
			yield `command ${record.commandId} is ${record.status} after everything was resolved`;
	}
	for (const { batch } of batches) {
		if (batch.completedAt === null) yield `batch ${batch.batchId} is ${batch.status} after everything was resolved`;
	}
	for (const { process, steps } of processes) {
		const waitsForOverride = process.processType === 'CarefulOrder' && steps.at(-1)?.kind === 'undo';
		if (process.completedAt === null && !waitsForOverride) {
			yield `process ${process.processId} is ${process.status} after everything was resolved`;
		}
	}
}
