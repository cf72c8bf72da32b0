/** What a run writes: for people a table, for everything else one JSON object. */
import type { Bar, Row } from './measure.ts';

type Facts = Readonly<Record<string, string | number | boolean>>;

export interface SuiteFacts {
	readonly suite: string;
	readonly seconds: number;
	readonly settings: Facts;
	/** Of the processor time of this machine, what its host gave to others meanwhile, in percent. Absent where nobody can tell. */
	readonly stolenPercent?: number;
	/** Why it ended before its figures were complete. */
	readonly error?: string;
}

export interface Output {
	/** The suites that ran, with a comma between them. */
	readonly suite: string;
	/** Of the run; those of a suite are with the suite. */
	readonly settings: Facts;
	readonly versions: Facts;
	readonly rows: readonly (Row & { readonly suite: string })[];
	readonly bars: readonly (Bar & { readonly suite: string })[];
	readonly suites: readonly SuiteFacts[];
	readonly machine: Facts;
	/** Of the server, as it reports them itself. */
	readonly server: Facts;
	/** What each system was set to, by the name that the rows give it. */
	readonly systems: Readonly<Record<string, Facts>>;
}

/** What the figures belong to. */
export function headOf({ machine, versions, settings, server, systems }: Output): string {
	return [
		`machine: ${factsOf(machine)}`,
		`versions: ${factsOf(versions)}`,
		`run: ${factsOf(settings)}`,
		`server: ${factsOf(server)}`,
		...Object.entries(systems).map(([name, facts]) => `${name}: ${factsOf(facts)}`),
		'',
	].join('\n');
}

/** `1 cores, 2 GiB`: names and values, one after the other. */
export function factsOf(facts: Facts): string {
	return Object.entries(facts)
		.map(([name, value]) => `${name} ${String(value)}`)
		.join(', ');
}

/** `6 min; rounds 3; 2 % of the processor time went to other machines`. */
export function circumstancesOf({ seconds, settings, stolenPercent }: SuiteFacts): string {
	const duration = seconds < 90 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;
	const stolen =
		stolenPercent === undefined ? [] : [`${Math.round(stolenPercent)} % of the processor time went to other machines`];
	return [duration, factsOf(settings), ...stolen].filter((part) => part !== '').join('; ');
}

/** As many digits as say something. */
export function figureText(value: number): string {
	return Math.abs(value) < 100 ? value.toFixed(2) : Math.round(value).toLocaleString('en');
}

/** `≥ 12 ×`. */
export function barText({ kind, bar, unit }: Bar): string {
	return `${kind === 'at least' ? '≥' : '≤'} ${bar.toLocaleString('en')} ${unit}`;
}

/** `11.20 to 14.10`. */
export function spreadText({ min, max }: Pick<Row, 'min' | 'max'>): string {
	return `${figureText(min)} to ${figureText(max)}`;
}

/** The figures and bars of one suite. */
export function tableOf(facts: SuiteFacts, output: Output): string {
	const { suite, error } = facts;
	const rows = output.rows.filter((row) => row.suite === suite);
	const bars = output.bars.filter((bar) => bar.suite === suite);
	const width = Math.max(...rows.map(({ name }) => name.length));
	const unitWidth = Math.max(...rows.map(({ unit }) => unit.length));
	return [
		'',
		`${suite} (${circumstancesOf(facts)})`,
		...rows.map(
			({ name, unit, median, ...spread }) =>
				`  ${name.padEnd(width)}  ${figureText(median).padStart(10)} ${unit.padEnd(unitWidth)}  (${spreadText(spread)})`,
		),
		...bars.map((bar) => {
			const verdict = bar.met ? 'met   ' : 'MISSED';
			return `  ${verdict} ${bar.name}: ${figureText(bar.measured)} ${bar.unit} (${spreadText(bar)} in single rounds; bar ${barText(bar)})`;
		}),
		...(error === undefined ? [] : [`  FAILED ${error}`]),
		'',
		'',
	].join('\n');
}
