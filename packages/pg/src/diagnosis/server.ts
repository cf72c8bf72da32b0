/** The server: version, durability, isolation, load, clock. */
import type { ServerFacts } from '../statements/diagnosis.ts';
import { critical, ok, warning } from './finding.ts';
import type { Finding } from './finding.ts';

export function serverFindings(facts: ServerFacts): readonly Finding[] {
	return [
		facts.server_version_number >= 150_000
			? ok('server-version', `PostgreSQL ${facts.server_version}`)
			: critical('server-version', `PostgreSQL ${facts.server_version}`, 'Use PostgreSQL 15 or newer.'),
		facts.is_in_recovery
			? critical('primary', 'The server is a read-only standby.', 'Connect to the primary.')
			: ok('primary', 'The server accepts writes.'),
		facts.is_fsync_on && facts.synchronous_commit !== 'off'
			? ok('durability', `fsync on, synchronous_commit ${facts.synchronous_commit}`)
			: critical(
					'durability',
					'fsync or synchronous_commit is off: a crash of the server loses commands.',
					'Switch both on.',
				),
		facts.isolation === 'read committed'
			? ok('isolation', 'read committed')
			: warning(
					'isolation',
					`default_transaction_isolation is ${facts.isolation}: statements will be repeated often.`,
					'Set it to "read committed" for this role.',
				),
		...loadFindings(facts),
		clockFinding(facts),
	];
}

function loadFindings(facts: ServerFacts): readonly Finding[] {
	const connections = `${String(facts.used_connections)} of ${String(facts.max_connections)} in use`;
	return [
		facts.is_autovacuum_on
			? ok('autovacuum', 'on')
			: critical('autovacuum', 'Autovacuum is off: queues get slower until they stand still.', 'Switch it on.'),
		facts.used_connections < facts.max_connections * 0.9
			? ok('connections', connections)
			: warning('connections', connections, 'Raise max_connections or use fewer processes.'),
	];
}

function clockFinding(facts: ServerFacts): Finding {
	const skewSeconds = Math.abs(facts.now.getTime() - Date.now()) / 1_000;
	const message = `The server's clock differs by ${skewSeconds.toFixed(1)} s from this machine's.`;
	return skewSeconds < 5
		? ok('clock', message)
		: warning('clock', message, "Leases use the server's clock and are safe; logs will look odd. Synchronise both.");
}
