/** The results of a run as the documentation shows them. */
import { barText, circumstancesOf, factsOf, figureText, spreadText } from './report.ts';
import type { Output, SuiteFacts } from './report.ts';

/** Everything: the machine, what each system was set to, every figure and every bar. */
export function figuresOf(output: Output): string {
	const { machine, versions, settings, server, systems, suites } = output;
	return [
		[
			`- Machine: ${factsOf(machine)}; server, sender and worker share the cores`,
			`- Versions: ${factsOf(versions)}`,
			`- Server: ${factsOf(server)}`,
			`- Run: ${factsOf(settings)}`,
			...Object.entries(systems).map(([name, facts]) => `- ${name}: ${factsOf(facts)}`),
		].join('\n'),
		...suites.map((suite) => sectionOf(suite, output)),
	].join('\n\n');
}

/** The bars of a run in a sentence, for whoever reads no tables. */
export function summaryOf({ bars, machine, versions, settings }: Output): string {
	const missed = bars.filter(({ met }) => !met).length;
	const verdict =
		missed === 0
			? `all ${String(bars.length)} bars are met`
			: `${String(missed)} of ${String(bars.length)} bars are missed`;
	return `${String(machine['cpu'])}, ${String(machine['cores'])} cores, ${String(machine['memoryGiB'])} GiB; ${String(versions['postgres'])}, everything durable; medians of ${String(settings['rounds'])} interleaved rounds; ${verdict}.`;
}

function sectionOf(facts: SuiteFacts, output: Output): string {
	const { suite, error } = facts;
	const rows = output.rows
		.filter((row) => row.suite === suite)
		.map(
			({ name, unit, median, min, max }) =>
				`| ${name} | ${unit} | ${figureText(median)} | ${figureText(min)} | ${figureText(max)} |`,
		);
	const bars = output.bars
		.filter((bar) => bar.suite === suite)
		.map(
			(bar) =>
				`| ${bar.name} | ${figureText(bar.measured)} ${bar.unit} | ${spreadText(bar)} | ${barText(bar)} | ${bar.met ? 'met' : '**missed**'} |`,
		);
	return [
		`### Suite \`${suite}\``,
		`${circumstancesOf(facts)}.`,
		...(error === undefined ? [] : [`It ended early: ${error}`]),
		...tableOf('| figure | unit | median | lowest | highest |\n| --- | --- | ---: | ---: | ---: |', rows),
		...tableOf('| bar | measured | in single rounds | asked for | |\n| --- | ---: | ---: | ---: | --- |', bars),
	].join('\n\n');
}

function tableOf(head: string, lines: readonly string[]): readonly string[] {
	return lines.length === 0 ? [] : [[head, ...lines].join('\n')];
}
