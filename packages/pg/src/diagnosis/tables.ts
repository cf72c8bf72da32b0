/** Whether vacuum keeps up: dead rows, room that is not given back, and who holds the horizon before which nothing can be removed. */
import { terminateStatement, vacuumStatement } from '../statements/table-facts.ts';
import type { HorizonHolder, TableFacts } from '../statements/table-facts.ts';
import { critical, ok, warning } from './finding.ts';
import type { Finding } from './finding.ts';

const manyDeadRows = 50_000;
const large = 256 * 2 ** 20;
/** No row of ours is nearly so large on average; messages are stored beside. */
const sparseBytesPerRow = 20_000;

export function vacuumFinding(tables: readonly TableFacts[]): Finding {
	const behind = tables.filter(({ deadRows, liveRows }) => deadRows >= manyDeadRows && deadRows > liveRows);
	if (behind.length === 0) return ok('vacuum', 'No table has more dead rows than live ones.');
	const named = behind.map(
		({ name, deadRows, lastVacuumAt }) =>
			`${name} (${String(deadRows)} dead rows, last vacuumed ${lastVacuumAt?.toISOString() ?? 'never'})`,
	);
	return {
		...warning(
			'vacuum',
			`Vacuum does not keep up: ${named.join(', ')}.`,
			'See whether a session holds the horizon and autovacuum is on for these tables; then vacuum them.',
		),
		fix: behind.map(({ name }) => vacuumStatement(name)).join('\n'),
	};
}

export function bloatFinding(tables: readonly TableFacts[]): Finding {
	const bloated = tables.filter(
		({ bytes, liveRows }) => bytes >= large && bytes / Math.max(liveRows, 1) > sparseBytesPerRow,
	);
	if (bloated.length === 0) return ok('bloat', 'No table is much larger than its rows.');
	const named = bloated.map(
		({ name, bytes, liveRows }) => `${name} (${String(Math.round(bytes / 2 ** 20))} MiB for ${String(liveRows)} rows)`,
	);
	return warning(
		'bloat',
		`Tables are much larger than their rows: ${named.join(', ')}.`,
		'They get slower, not wrong. Repack them with pg_repack, or "vacuum full" while nothing runs.',
	);
}

export function horizonFinding(holder: HorizonHolder | undefined, limitSeconds: number): Finding {
	if (holder === undefined || holder.seconds < limitSeconds) {
		return ok('held-xmin', `No session has held the horizon for ${String(limitSeconds)} s.`);
	}
	const { pid, userName, applicationName, state, seconds, query } = holder;
	const who = `Session ${String(pid)} (${userName}, ${applicationName === '' ? 'no name' : applicationName}, ${state})`;
	const message = `${who} has held the horizon for ${String(Math.round(seconds))} s; dead rows stay meanwhile. It runs: ${query}`;
	const advice = 'End its transaction; set idle_in_transaction_session_timeout so that it cannot happen again.';
	const finding = seconds < limitSeconds * 10 ? warning : critical;
	return { ...finding('held-xmin', message, advice), fix: terminateStatement(pid) };
}
