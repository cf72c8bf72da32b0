/** What an operator may do to parked work: look at it, and act on it, alone or by the thousand. */
import { parseConfiguration } from '@cb/core';
import type { Backend, CommandDefinition, Telemetry } from '@cb/core';
import { z } from 'zod';
import { createActs } from './acts.ts';
import type { Acts } from './acts.ts';
import { createGate } from './authorization.ts';
import type { Authorize } from './authorization.ts';
import { createBulks } from './bulk.ts';
import type { Bulks } from './bulk.ts';
import { createPayloadChecker } from './command-definitions.ts';
import { createLooks, parseBy } from './look.ts';
import type { Looks } from './look.ts';
import type { ActingOperator } from './operator.ts';
import type { QueueContext } from './queue-context.ts';
import { queueHealth } from './queue-health.ts';
import type { QueueHealthOptions, QueueHealthReport } from './queue-health.ts';
import { createView } from './redacted-view.ts';
import type { Redact } from './redaction.ts';

export interface TroubleshootingQueueOptions {
	/** Asked before every look and act. @default everything is allowed to everybody who can call this */
	readonly authorize?: Authorize | undefined;
	/** What amended payloads and operators' results are checked against. Commands that none of them defines are not checked. */
	readonly definitions?: readonly CommandDefinition[] | undefined;
	/** Masks values wherever they are shown. @default everything is shown */
	readonly redact?: Redact | undefined;
	readonly telemetry?: Telemetry | undefined;
	/** Largest amended payload or result, in bytes of JSON. @default 1 MiB */
	readonly maxPayloadBytes?: number | undefined;
}

/** `Tx` is what the backend takes as a transaction of the caller. */
export interface TroubleshootingQueue<Tx = unknown> extends Looks, Acts<Tx> {
	readonly bulk: Bulks;
	/** `queueHealth` of this backend. */
	health(options?: QueueHealthOptions, by?: ActingOperator): Promise<QueueHealthReport>;
}

const SettingsSchema = z.strictObject({
	maxPayloadBytes: z
		.number()
		.int()
		.min(1)
		.max(64 * 1_048_576)
		.default(1_048_576),
});

/** Throws `ConfigurationError` for options that cannot work. Opens and starts nothing. */
export function createTroubleshootingQueue<Tx>(
	backend: Backend<Tx>,
	options: TroubleshootingQueueOptions = {},
): TroubleshootingQueue<Tx> {
	const { authorize, definitions = [], redact, telemetry, ...said } = options;
	const { maxPayloadBytes } = parseConfiguration(SettingsSchema, said, 'Troubleshooting queue');
	const context: QueueContext<Tx> = {
		backend,
		telemetry,
		gate: createGate(authorize, telemetry),
		payloads: createPayloadChecker(definitions, maxPayloadBytes),
		viewFor: (operator) => createView(redact, operator),
	};
	return {
		...createLooks(context),
		...createActs(context),
		bulk: createBulks(context),
		async health(healthOptions = {}, by = {}) {
			await context.gate.check(parseBy(by), 'look', {});
			return queueHealth(backend, healthOptions);
		},
	};
}
