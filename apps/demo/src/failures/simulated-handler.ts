/** Puts a flaky world in front of a handler: work that takes its time, and attempts that fail or hang. */
import { setTimeout as sleep } from 'node:timers/promises';
import { BusinessRuleError, PermanentCommandError, TransientCommandError } from '@cb/core';
import type { Handler } from '@cb/core';
import { attemptRandom } from './attempt-random.ts';
import { rollAttempt } from './failure-rates.ts';
import type { AttemptFate, FailureRates } from './failure-rates.ts';

export interface Simulation {
	readonly seed: string;
	/** Rates by command type; `default` for all others. */
	readonly rates: Readonly<Record<string, FailureRates>> & { readonly default: FailureRates };
	readonly minDurationMs: number;
	readonly maxDurationMs: number;
	/** How long a hanging attempt takes: longer than the worker allows, so that it is given up and tried again meanwhile. */
	readonly hangMs: number;
}

function ratesOf(simulation: Pick<Simulation, 'rates'>, commandType: string): FailureRates {
	return simulation.rates[commandType] ?? simulation.rates.default;
}

/** Uniform between the bounds, both included as far as a fraction can be. */
export function workDurationMs({ minDurationMs, maxDurationMs }: Simulation, random: () => number): number {
	return minDurationMs + (maxDurationMs - minDurationMs) * random();
}

/**
 * The same handler, but every attempt rolls the dice first. An attempt that hangs ignores its signal and then goes on to book, as
 * careless code would; the fence refuses it, because the command has moved on.
 */
export function simulated<Data, Result, Tx>(
	simulation: Simulation,
	handler: Handler<Data, Result, Tx>,
): Handler<Data, Result, Tx> {
	return async (command, context) => {
		const random = attemptRandom({
			seed: simulation.seed,
			commandId: command.commandId,
			generation: command.generation,
			attempt: context.attempt,
		});
		const fate = rollAttempt(ratesOf(simulation, command.commandType), random);
		await sleep(workDurationMs(simulation, random));
		if (fate === 'timeout') await sleep(simulation.hangMs);
		else strike(fate, context.attempt);
		return handler(command, context);
	};
}

function strike(fate: Exclude<AttemptFate, 'timeout'>, attempt: number): void {
	switch (fate) {
		case 'permanent':
			throw new PermanentCommandError('SIMULATED_PERMANENT', 'The core banking system refused the request for good.', {
				attempt,
			});
		case 'transient':
			throw new TransientCommandError('SIMULATED_TRANSIENT', 'The core banking system did not answer.', { attempt });
		case 'businessRule':
			throw new BusinessRuleError('SIMULATED_BUSINESS_RULE', 'The daily limit of the account is used up.', { attempt });
		case 'success':
			return;
	}
}
