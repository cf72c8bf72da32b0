/** `cb doctor`: is this database fit, and if not, what to do. */
import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { examples } from '../examples.ts';
import { exitCodes } from '../exit-code.ts';
import type { ExitCode } from '../exit-code.ts';
import type { Screen } from '../output.ts';
import type { Execute, Result } from '../result.ts';
import type { Finding } from '../services.ts';
import { cleanLine } from '../view/clean.ts';
import { statusPaint } from '../view/status.ts';

export function addDoctor(program: Command, execute: Execute): void {
	program
		.command('doctor')
		.description('Check versions, privileges, PGMQ and schema; exit code 11 for a warning, 12 for something broken')
		.addHelpText('after', examples('cb doctor', 'cb doctor --json'))
		.action(() => execute(diagnose));
}

async function diagnose(context: Context): Promise<Result> {
	const findings = await context.services.diagnose(context.connection());
	return {
		data: findings,
		text: (screen) => findings.map((finding) => findingText(screen, finding)).join('\n'),
		exitCode: exitCodeOf(findings),
	};
}

function exitCodeOf(findings: readonly Finding[]): ExitCode {
	if (findings.some(({ check, state }) => check === 'connection' && state === 'critical')) return exitCodes.unavailable;
	if (findings.some(({ state }) => state === 'critical')) return exitCodes.critical;
	return findings.some(({ state }) => state === 'warning') ? exitCodes.warning : exitCodes.ok;
}

function findingText(screen: Screen, { check, state, message, advice }: Finding): string {
	const mark = statusPaint(screen, state)(state.padEnd('critical'.length));
	const line = `${mark}  ${screen.colors.bold(cleanLine(check))}: ${shortened(cleanLine(message))}`;
	return advice === undefined ? line : `${line}\n${' '.repeat('critical'.length + 2)}→ ${cleanLine(advice)}`;
}

/** A drift may name every object of the schema; `--json` has it all. */
const longestMessage = 600;

function shortened(message: string): string {
	if (message.length <= longestMessage) return message;
	return `${message.slice(0, longestMessage)}… (all of it: --json)`;
}
