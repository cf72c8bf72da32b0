/** A result for people. */
import type { ChaosResult } from './result.ts';

export function describeResult(result: ChaosResult): string {
	const { scenario, seed, seconds, faults, sent, executed, endings, bars, violations, crew, ok } = result;
	const lines = [
		`${scenario}, seed ${seed}: ${faults} faults in ${seconds} s under load`,
		`  ${sent} commands, ${executed} executions, ${result.throughputBefore}/s before, ${result.throughputAfter}/s after`,
		`  ${Object.entries(endings)
			.map(([ending, count]) => `${ending}: ${count}`)
			.join(', ')}`,
		`  lost ${result.lost}, doubled ${result.doubled}, stuck ${result.stuck}, inconsistent ${result.inconsistent}`,
		...bars.map(({ name, value, bar, met }) => `  ${met ? 'met   ' : 'MISSED'} ${name}: ${String(value)} (bar ${bar})`),
		...violations.flatMap(({ name, damage, count, samples }) => [
			`  BROKEN ${name} (${damage}, ${count})`,
			...samples.map((sample) => `    ${sample}`),
		]),
		...crew.map((complaint) => `  BROKEN ${complaint.trim()}`),
		ok ? 'every invariant holds' : 'INVARIANTS ARE BROKEN',
	];
	return `\n${lines.join('\n')}\n`;
}
