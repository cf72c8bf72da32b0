/** What the scenario sets: failures of every kind, often enough to see each, and delays short enough to wait for. */
import type { Settings } from '../config.ts';
import { authorizationOf } from '../operating/operators.ts';

export interface ScenarioOptions {
	readonly transfers: number;
	readonly processes: number;
	readonly seed: string;
}

export const customerCount = 1_000;
export const openingBalanceCents = 1_000_000;
/** Who places the transfers, and works off what they leave behind. */
export const authorization = authorizationOf('alice', 'admin');
/** Callers that place transfers over HTTP at the same time. */
export const callerCount = 24;
/** The share of the transfers that are placed when a worker is killed. */
export const killAfterShare = 0.4;
/** The share of the processes that have ended when the router is killed. */
export const killRouterAfterShare = 0.2;
/** How long a process may take to drain. */
export const stopWithinMs = 20_000;

/** The longest everything up to the checks may take. */
export function playWithinMs({ transfers, processes }: ScenarioOptions): number {
	return 120_000 + transfers * 40 + processes * 100;
}

/** The share of the transfers whose payee is misspelt, and how: an operator will amend them. */
export const misspeltShare = 0.01;
export const misspelling = 'x';
/** Accounts that are frozen while the transfers come in: an operator will unfreeze them. */
export const frozenCount = 10;

/** What the environment says wins over these, so that a run can be made harsher. */
export const scenarioDefaults: Settings = {
	CB_DEMO_CONCURRENCY: '20',
	CB_DEMO_LEASE_SECONDS: '5',
	CB_DEMO_MAX_RUN_SECONDS: '1',
	CB_DEMO_MAX_ATTEMPTS: '3',
	CB_DEMO_BACKOFF_SECONDS: '0.2/0.5',
	CB_DEMO_DURATION_MS: '0/10',
	CB_DEMO_FAILURES: 'default=2/8/2/0.5,RefundAccount=2/8/0/0.5,DeleteRender=2/8/0/0.5',
	CB_DEMO_LOG_LEVEL: 'error',
};
