import { LeaseLostError } from '../errors.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import { emit } from '../safe-telemetry.ts';
import type { HeldCommands } from './held-commands.ts';
import type { LeasedCommand } from './leased-command.ts';

/** Somebody else answers for this command now: says so once, aborts the handler's signal, and drops its outcome. */
export function loseLease<Tx>(
	leased: LeasedCommand<Tx>,
	held: HeldCommands<Tx>,
	telemetry: Telemetry | undefined,
): void {
	if (!held.lost(leased)) return;
	const { domain, commandId, lease } = leased.command;
	leased.abort(new LeaseLostError(domain, commandId, lease.attempt));
	emit(telemetry, { kind: 'lease-lost', ...leased.facts });
}
