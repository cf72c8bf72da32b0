/** `cb prune`: one run of retention by hand or from cron, beside or instead of the maintenance of the workers. */
import { Option } from 'commander';
import type { Command } from 'commander';
import type { PruneReport } from '@cb/ops';
import { CliError } from '../cli-error.ts';
import type { Context } from '../context.ts';
import { examples } from '../examples.ts';
import { exitCodes } from '../exit-code.ts';
import { spanInSeconds, wholeNumber } from '../flags/number.ts';
import { openAuditFile } from '../prune/audit-file.ts';
import { pruneProgress } from '../prune/progress.ts';
import type { Execute, Result } from '../result.ts';
import { pruneTable } from '../view/prune.ts';

interface PruneFlags {
	readonly olderThan: number;
	readonly keepAudit?: number | undefined;
	readonly keepIds: number;
	readonly chunk: number;
	readonly dryRun?: true | undefined;
	readonly export?: string | undefined;
}

const monthSeconds = 30 * 86_400;

export function addPrune(program: Command, execute: Execute): void {
	program
		.command('prune')
		.description('Remove what is over and old: commands with their audit, processes, batches, bulks, stray messages')
		.addOption(spanOption('--older-than <span>', 'what ended so long ago, such as 12h or 90d'))
		.option('--keep-audit <span>', 'audit of commands stays for so long (as long as they do)', spanInSeconds)
		.addOption(spanOption('--keep-ids <span>', 'a repeated id is refused for so long'))
		.option('--export <file>', 'append the audit as JSON lines to this file before it goes')
		.option('--dry-run', 'only count what would go')
		.option('--chunk <n>', 'rows per transaction', wholeNumber({ from: 10, to: 10_000 }), 500)
		.addHelpText(
			'after',
			examples(
				'cb prune --dry-run',
				'cb prune --older-than 90d --export audit.jsonl',
				'cb prune --older-than 7d --json',
			),
		)
		.action((flags: PruneFlags) => execute((context) => prune(context, flags)));
}

/** A month, unless said otherwise. */
function spanOption(flags: string, description: string): Option {
	return new Option(flags, description).argParser(spanInSeconds).default(monthSeconds, '30d');
}

async function prune(context: Context, flags: PruneFlags): Promise<Result> {
	const [backend, { createMaintenance }] = await Promise.all([context.backend(), import('@cb/ops')]);
	const isDryRun = flags.dryRun === true;
	const file = flags.export === undefined || isDryRun ? undefined : await openAuditFile(flags.export);
	const progress = pruneProgress(context);
	try {
		const maintenance = createMaintenance({
			backend,
			retention: retentionOf(flags),
			chunkSize: flags.chunk,
			exportAudit: file?.append,
		});
		const report = await maintenance.runOnce({ isDryRun, onProgress: progress.show, signal: context.signal });
		if (report.outcome === 'busy') throw busy();
		return resultOf(report, isDryRun);
	} finally {
		progress.clear();
		await file?.close();
	}
}

function retentionOf({ olderThan, keepAudit, keepIds }: PruneFlags) {
	return {
		commandsSeconds: olderThan,
		auditSeconds: Math.max(olderThan, keepAudit ?? 0),
		idempotencySeconds: keepIds,
		repliesSeconds: olderThan,
		processesSeconds: olderThan,
		batchesSeconds: olderThan,
		bulksSeconds: olderThan,
		requestsSeconds: olderThan,
	};
}

function resultOf(report: PruneReport, isDryRun: boolean): Result {
	return {
		data: report,
		text: (screen) => pruneTable(screen, report, isDryRun),
		hints: isDryRun ? ['Nothing was removed. Repeat without --dry-run.'] : [],
	};
}

function busy(): CliError {
	return new CliError('Another process is pruning this database now; nothing was done.', {
		code: 'maintenance-claimed',
		exitCode: exitCodes.conflict,
		advice: 'Wait for it, or only count: --dry-run.',
	});
}
