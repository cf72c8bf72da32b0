/** What every part of a troubleshooting queue works with. */
import type { Backend, Operator, Telemetry } from '@cb/core';
import type { Gate } from './authorization.ts';
import type { PayloadChecker } from './command-definitions.ts';
import type { View } from './redacted-view.ts';

export interface QueueContext<Tx> {
	readonly backend: Backend<Tx>;
	readonly gate: Gate;
	readonly payloads: PayloadChecker;
	readonly telemetry: Telemetry | undefined;
	readonly viewFor: (operator: Operator | undefined) => View;
}
