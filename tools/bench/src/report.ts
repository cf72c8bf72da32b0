/** What a run writes: for people a table, for everything else one JSON object. */
import type { Bar, Row } from './measure.ts';

export interface SuiteOutput {
	readonly suite: string;
	readonly seconds: number;
	readonly settings: Readonly<Record<string, string | number | boolean>>;
	readonly rows: readonly Row[];
	readonly bars: readonly Bar[];
}

type Facts = Readonly<Record<string, string | number | boolean>>;

export interface Output {
	readonly machine: Facts;
	readonly versions: Facts;
	/** Of the server, as it reports them itself. */
	readonly server: Facts;
	/** What each system was set to. */
	readonly systems: Readonly<Record<string, Facts>>;
	readonly isQuick: boolean;
	readonly suites: readonly SuiteOutput[];
}

export function tableOf({ machine, versions, server, systems, suites }: Output): string {
	return [
		`machine: ${factsOf(machine)}`,
		`versions: ${factsOf(versions)}`,
		`server: ${factsOf(server)}`,
		...Object.entries(systems).map(([name, facts]) => `${name}: ${factsOf(facts)}`),
		...suites.flatMap(linesOf),
		'',
	].join('\n');
}

function linesOf({ suite, seconds, settings, rows, bars }: SuiteOutput): readonly string[] {
	const width = Math.max(...rows.map(({ name }) => name.length));
	const unitWidth = Math.max(...rows.map(({ unit }) => unit.length));
	return [
		'',
		`${suite} (${Math.round(seconds)} s; ${factsOf(settings)})`,
		...rows.map(
			({ name, unit, median, min, max }) =>
				`  ${name.padEnd(width)}  ${format(median).padStart(10)} ${unit.padEnd(unitWidth)}  (${format(min)} to ${format(max)})`,
		),
		...bars.map((bar) => `  ${bar.met ? 'met   ' : 'MISSED'} ${bar.name}: ${judged(bar)}`),
	];
}

function judged({ measured, kind, bar, unit }: Bar): string {
	const sign = kind === 'at least' ? '≥' : '≤';
	return `${format(measured)} ${unit} (bar ${sign} ${bar.toLocaleString('en')})`;
}

function factsOf(facts: Facts): string {
	return Object.entries(facts)
		.map(([name, value]) => `${name} ${String(value)}`)
		.join(', ');
}

function format(value: number): string {
	return Math.abs(value) < 100 ? value.toFixed(2) : Math.round(value).toLocaleString('en');
}
