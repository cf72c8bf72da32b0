/** The domains as `cb top` shows them: readable in 80 columns. */
import type { Screen } from '../output.ts';
import type { DomainRates } from '../top/rates.ts';
import { countText } from './count.ts';
import { table } from './table.ts';
import type { Column } from './table.ts';
import { spanText } from './time.ts';

export async function topText(screen: Screen, domains: readonly DomainRates[]): Promise<string> {
	if (domains.length === 0) return 'No domain yet.';
	// The busiest first, so that they stay in sight where not all fit.
	const sorted = [...domains].sort((a, b) => busyness(b) - busyness(a) || (a.domain < b.domain ? -1 : 1));
	return `${summary(screen, domains)}\n\n${await table(screen, columns(screen), sorted)}`;
}

function busyness({ depth, parkedCount, outPerSecond }: DomainRates): number {
	return depth + parkedCount + (outPerSecond ?? 0);
}

function summary({ colors }: Screen, domains: readonly DomainRates[]): string {
	const sum = (of: (domain: DomainRates) => number): number => domains.reduce((total, one) => total + of(one), 0);
	const parked = sum(({ parkedCount }) => parkedCount);
	const parts = [
		`${countText(sum(({ depth }) => depth))} live`,
		`in ${rateText(sum(({ inPerSecond }) => inPerSecond ?? 0))}/s`,
		`out ${rateText(sum(({ outPerSecond }) => outPerSecond ?? 0))}/s`,
		parked === 0 ? '0 parked' : colors.yellow(`${countText(parked)} parked`),
	];
	return `${colors.bold('cb top')}  ${parts.join('  ')}`;
}

function columns({ colors }: Screen): readonly Column<DomainRates>[] {
	const right = (heading: string, cell: (row: DomainRates) => string): Column<DomainRates> => ({
		heading,
		align: 'right',
		cell,
		paint: (text) => (text === '0' || text === '-' ? colors.dim(text) : text),
	});
	const count = (heading: string, of: (row: DomainRates) => number): Column<DomainRates> =>
		right(heading, (row) => countText(of(row)));
	return [
		{ heading: 'DOMAIN', cell: ({ domain }) => domain, minimum: 10 },
		count('DEPTH', ({ depth }) => depth),
		right('IN/S', ({ inPerSecond }) => rateText(inPerSecond)),
		right('OUT/S', ({ outPerSecond }) => rateText(outPerSecond)),
		right('P50', ({ latency }) => latencyText(latency?.medianMs)),
		right('P95', ({ latency }) => latencyText(latency?.p95Ms)),
		count('RUNNING', ({ inFlightCount }) => inFlightCount),
		{ ...count('DELAYED', ({ delayedCount }) => delayedCount), dropOrder: 2 },
		{ ...count('STALLED', ({ stalledCount }) => stalledCount), dropOrder: 1, paint: warning(colors) },
		{ ...count('PARKED', ({ parkedCount }) => parkedCount), paint: warning(colors) },
		right('OLDEST', ({ oldestReadySeconds }) => (oldestReadySeconds === null ? '-' : spanText(oldestReadySeconds))),
	];
}

function warning(colors: Screen['colors']): (text: string) => string {
	return (text) => (text === '0' ? colors.dim(text) : colors.yellow(text));
}

/** `0`, `2.4`, `1,250`: as much as can be read while it changes. */
export function rateText(perSecond: number | null): string {
	if (perSecond === null) return '-';
	if (perSecond === 0 || perSecond >= 99.95) return countText(Math.round(perSecond));
	return perSecond.toFixed(1);
}

/** `8ms`, `1.2s`, `45s`, `12m`. */
export function latencyText(milliseconds: number | undefined): string {
	if (milliseconds === undefined) return '-';
	if (milliseconds < 999.5) return `${String(Math.round(milliseconds))}ms`;
	if (milliseconds < 9_950) return `${(milliseconds / 1_000).toFixed(1)}s`;
	return spanText(milliseconds / 1_000);
}
