/** `cb migrate`: bring a database to the schema that this `cb` works on, or say how far it is. */
import { Option } from 'commander';
import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { examples } from '../examples.ts';
import { exitCodes } from '../exit-code.ts';
import type { Screen } from '../output.ts';
import type { Execute, Result } from '../result.ts';
import type { Migration, MigrationReport, MigrationStatus, PgmqSource } from '../services.ts';
import { counted } from '../view/count.ts';
import { record } from '../view/record.ts';

export function addMigrateCommands(program: Command, execute: Execute): void {
	const migrate = program
		.command('migrate')
		.description('Create or update the schema of cb in a database')
		.addHelpText('after', examples('cb migrate status', 'cb migrate up'));
	migrate
		.command('up')
		.description('Apply what is missing, PGMQ included; repeating it changes nothing')
		.addOption(
			new Option('--pgmq <how>', 'install PGMQ as an extension, by its script, or as the server allows')
				.choices(['auto', 'extension', 'script'])
				.default('auto'),
		)
		.addHelpText(
			'after',
			examples('cb migrate up', 'cb migrate up --pgmq script   # a managed server without the extension'),
		)
		.action(({ pgmq }: { readonly pgmq: 'auto' | PgmqSource }) => execute((context) => migrateUp(context, pgmq)));
	migrate
		.command('status')
		.description('Show what is installed and what is missing; exit code 9 when something is')
		.addHelpText('after', examples('cb migrate status', 'cb migrate status --json'))
		.action(() => execute(showStatus));
}

async function migrateUp(context: Context, pgmq: 'auto' | PgmqSource): Promise<Result> {
	const report = await context.services.migrate(context.connection(), pgmq);
	return { data: report, text: (screen) => reportText(screen, report) };
}

function reportText(screen: Screen, { applied, schemaVersion, pgmq, pgmqVersion }: MigrationReport): string {
	const done =
		applied.length === 0
			? 'Nothing to do: the schema is up to date.'
			: `Applied ${counted(applied.length, 'migration')}.`;
	return [
		...applied.map((migration) => `${screen.colors.green('applied')} ${migrationText(migration)}`),
		`${done} Schema version ${String(schemaVersion)}, PGMQ ${pgmqVersion} (${pgmq}).`,
	].join('\n');
}

async function showStatus(context: Context): Promise<Result> {
	const status = await context.services.migrationStatus(context.connection());
	const fits = status.pending.length === 0 && status.problem === undefined;
	return {
		data: status,
		text: (screen) => statusText(screen, status),
		exitCode: fits ? exitCodes.ok : exitCodes.schemaMismatch,
		hints: status.pending.length === 0 ? [] : ['Run "cb migrate up".'],
	};
}

function statusText(screen: Screen, status: MigrationStatus): string {
	const isCurrent = status.pending.length === 0;
	return record(screen, [
		['Schema version', `${String(status.schemaVersion)} of ${String(status.latestVersion)}`],
		['PGMQ', status.pgmqVersion ?? 'not installed'],
		['Missing', isCurrent ? 'nothing' : status.pending.map(migrationText).join('\n')],
		['Problem', status.problem, screen.colors.red],
	]);
}

function migrationText({ number, name }: Migration): string {
	return `${String(number).padStart(4, '0')} ${name}`;
}
