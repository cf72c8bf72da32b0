/** `cb doctor`: is this database fit, and if not, what to do. */
import { Option } from 'commander';
import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { examples } from '../examples.ts';
import { exitCodes } from '../exit-code.ts';
import type { ExitCode } from '../exit-code.ts';
import { oneOf } from '../flags/choice.ts';
import type { Screen } from '../output.ts';
import type { Execute, Result } from '../result.ts';
import { roleKinds } from '../services.ts';
import type { Finding, RoleKind } from '../services.ts';
import { cleanLine, cleanText } from '../view/clean.ts';
import { statusPaint } from '../view/status.ts';

export function addDoctor(program: Command, execute: Execute): void {
	program
		.command('doctor')
		.description('Check versions, privileges, PGMQ and schema; exit code 11 for a warning, 12 for something broken')
		.addOption(
			new Option('--as <kind>', `what this role is for: ${roleKinds.join(', ')}; what it lacks is critical`).argParser(
				oneOf(roleKinds),
			),
		)
		.option('--sql', 'print only the SQL that puts things right, where SQL can; read it before you run it')
		.addHelpText('after', examples('cb doctor', 'cb doctor --as worker', 'cb doctor --sql', 'cb doctor --json'))
		.action((flags: DoctorFlags) => execute((context) => diagnose(context, flags)));
}

interface DoctorFlags {
	readonly as?: RoleKind | undefined;
	readonly sql?: true | undefined;
}

async function diagnose(context: Context, flags: DoctorFlags): Promise<Result> {
	const findings = await context.services.diagnose(context.connection(), flags.as);
	return {
		data: findings,
		text: (screen) =>
			flags.sql === true ? sqlText(findings) : findings.map((finding) => findingText(screen, finding)).join('\n'),
		hints:
			flags.sql !== true && findings.some(({ fix }) => fix !== undefined) ? ['The SQL for it: cb doctor --sql'] : [],
		exitCode: exitCodeOf(findings),
	};
}

/** A script for psql: each fix below a comment that says what for. Tabs stay: they are part of what functions are. */
function sqlText(findings: readonly Finding[]): string {
	return findings
		.flatMap(({ check, fix }) =>
			fix === undefined ? [] : [`-- ${check}\n${fix.split('\t').map(cleanText).join('\t')}`],
		)
		.join('\n\n');
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
