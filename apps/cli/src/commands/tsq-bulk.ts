/** `cb tsq bulk`: one act on many parked commands, step by step. Here is what changes something; the looking side has its own file. */
import { Argument } from 'commander';
import type { Command } from 'commander';
import type { BulkAction, BulkMove } from '@cb/core';
import { confirmed, requireConsent } from '../confirm.ts';
import type { Consent } from '../confirm.ts';
import type { Context } from '../context.ts';
import { examples } from '../examples.ts';
import { allFlag, detachFlag, operatorFlag, yesFlag } from '../flags/act.ts';
import type { DetachFlags, OperatorFlags } from '../flags/act.ts';
import { jsonForms, readJson } from '../flags/json-input.ts';
import { withFilterFlags } from '../flags/tsq-filter.ts';
import type { FilterFlags } from '../flags/tsq-filter.ts';
import type { Execute, Result } from '../result.ts';
import { bulkResult, confirmAndRun, showBreakdown, startedResult, workOff } from '../tsq/bulk.ts';
import { openTroubleshooting } from '../tsq/open.ts';
import { outcomeText } from '../progress.ts';
import { filterOfMany } from '../tsq/target.ts';
import { breakdownTable, bulkText } from '../view/bulk.ts';
import { counted } from '../view/count.ts';
import { addBulkLooks } from './tsq-bulk-looks.ts';

const id = '019af3a2-5b1c-7e2d-8f00-3c1d5e7a9b10';

export function addBulkCommands(tsq: Command, execute: Execute): void {
	const bulk = tsq
		.command('bulk')
		.description('Act on many at once: freeze, confirm, work off, look at the results')
		.addHelpText(
			'after',
			examples('cb tsq bulk preview retry --domain payments', 'cb tsq bulk list', `cb tsq bulk show ${id} --watch`),
		);
	addPreview(bulk, execute);
	addStart(bulk, execute);
	addRun(bulk, execute);
	addMove(bulk, execute, { move: 'pause', description: 'Touch no further item until it is resumed' });
	addMove(bulk, execute, { move: 'resume', description: 'Go on with a paused bulk' });
	addMove(bulk, execute, { move: 'cancel', description: 'End a bulk; what is done stays done, the rest stays parked' });
	addRetryFailed(bulk, execute);
	addBulkLooks(bulk, execute);
}

interface PreviewFlags extends FilterFlags, OperatorFlags {
	readonly all?: true | undefined;
	readonly reason?: string | undefined;
	readonly result?: string | undefined;
	readonly keepAttempts?: true | undefined;
	readonly suppressReply?: true | undefined;
}

function addPreview(bulk: Command, execute: Execute): void {
	withFilterFlags(
		bulk
			.command('preview')
			.addArgument(new Argument('<action>', 'what to do').choices(['retry', 'cancel', 'complete'])),
	)
		.description('Freeze what matches now and show it; nothing is done to it')
		.option(...allFlag)
		.option(...operatorFlag)
		.option('--reason <text>', 'why; stands in the audit; a cancel needs one')
		.option('--result <json>', `complete: what each sender gets: ${jsonForms} (else null)`)
		.option('--keep-attempts', 'retry: go on counting attempts instead of beginning at 0')
		.option('--suppress-reply', 'cancel, complete: without a reply')
		.addHelpText(
			'after',
			examples(
				'cb tsq bulk preview retry --domain payments',
				'cb tsq bulk preview cancel --code EXPIRED --reason "too late"',
			),
		)
		.action((action: BulkAction['action'], flags: PreviewFlags) =>
			execute((context) => preview(context, action, flags)),
		);
}

async function preview(context: Context, action: BulkAction['action'], flags: PreviewFlags): Promise<Result> {
	const { reason, keepAttempts, suppressReply } = flags;
	const result = flags.result === undefined ? undefined : await readJson(context, '--result', flags.result);
	const said = Object.entries({ reason, keepAttempts, suppressReply, result }).filter(
		([, value]) => value !== undefined,
	);
	const request = {
		filter: filterOfMany(flags),
		action: { action, ...Object.fromEntries(said) },
		operator: context.operator(flags.operator),
	};
	const tsq = await openTroubleshooting(context);
	const frozen = await tsq.bulk.preview(request);
	const { bulkId, count, breakdown, digest } = frozen;
	return {
		data: frozen,
		text: async (screen) =>
			[
				...(count === 0 ? [] : [await breakdownTable(screen, breakdown)]),
				`${counted(count, 'parked command')} frozen as bulk ${bulkId}.`,
			].join('\n'),
		hints: count === 0 ? [] : [`Do it: cb tsq bulk start ${bulkId} --digest ${digest}`],
	};
}

interface StartFlags extends OperatorFlags, Consent, DetachFlags {
	readonly digest?: string | undefined;
}

function addStart(bulk: Command, execute: Execute): void {
	bulk
		.command('start')
		.argument('<bulk>', 'bulk id')
		.description('Confirm a preview and work it off')
		.option('--digest <digest>', 'of the preview: the confirmation; without it the preview is shown and you are asked')
		.option(...operatorFlag)
		.option(...yesFlag)
		.option(...detachFlag)
		.addHelpText('after', examples(`cb tsq bulk start ${id}`, `cb tsq bulk start ${id} --digest 3fd0… --detach`))
		.action((bulkId: string, flags: StartFlags) => execute((context) => start(context, bulkId, flags)));
}

async function start(context: Context, bulkId: string, flags: StartFlags): Promise<Result> {
	const by = { operator: context.operator(flags.operator) };
	if (flags.digest === undefined) requireConsent(context, flags);
	const tsq = await openTroubleshooting(context);
	const bulk = await tsq.bulk.progress(bulkId);
	if (flags.digest === undefined && bulk.status === 'PREVIEWED') {
		await showBreakdown(context, bulk, flags);
		await confirmed(context, flags, `Do "${bulk.action.action}" on ${counted(bulk.totalCount, 'parked command')}?`);
	}
	const started = await tsq.bulk.start(bulkId, flags.digest ?? bulk.digest, by);
	return flags.detach === true ? startedResult(started) : workOff(context, tsq, started);
}

function addRun(bulk: Command, execute: Execute): void {
	bulk
		.command('run')
		.argument('[bulk]', 'bulk id (else every bulk that runs)')
		.description('Work off started bulks here, together with whoever else does')
		.addHelpText('after', examples(`cb tsq bulk run ${id}`, 'cb tsq bulk run'))
		.action((bulkId: string | undefined) => execute((context) => run(context, bulkId)));
}

async function run(context: Context, bulkId: string | undefined): Promise<Result> {
	const tsq = await openTroubleshooting(context);
	if (bulkId !== undefined) return workOff(context, tsq, await tsq.bulk.progress(bulkId));
	const last = await tsq.bulk.run(undefined, {
		signal: context.signal,
		onProgress: (bulk) => {
			if (bulk.status === 'COMPLETED') context.output.note(`Bulk ${bulk.bulkId} has ended: ${outcomeText(bulk)}.`);
		},
	});
	if (last === undefined) return { data: null, text: () => 'No bulk has anything left to do.' };
	return bulkResult(last);
}

interface Move {
	readonly move: BulkMove;
	readonly description: string;
}

function addMove(bulk: Command, execute: Execute, { move, description }: Move): void {
	bulk
		.command(move)
		.argument('<bulk>', 'bulk id')
		.description(description)
		.option(...operatorFlag)
		.addHelpText('after', examples(`cb tsq bulk ${move} ${id}`))
		.action((bulkId: string, { operator }: OperatorFlags) =>
			execute(async (context) => {
				const by = { operator: context.operator(operator) };
				const tsq = await openTroubleshooting(context);
				const moved = await tsq.bulk[move](bulkId, by);
				return move === 'resume' ? startedResult(moved) : { data: moved, text: (screen) => bulkText(screen, moved) };
			}),
		);
}

function addRetryFailed(bulk: Command, execute: Execute): void {
	bulk
		.command('retry-failed')
		.argument('<bulk>', 'bulk id')
		.description('The same act once more, on items that failed or were skipped and are still parked')
		.option(...operatorFlag)
		.option(...yesFlag)
		.option(...detachFlag)
		.addHelpText('after', examples(`cb tsq bulk retry-failed ${id}`))
		.action((bulkId: string, flags: OperatorFlags & Consent & DetachFlags) =>
			execute(async (context) => {
				const operator = context.operator(flags.operator);
				requireConsent(context, flags);
				const tsq = await openTroubleshooting(context);
				const source = await tsq.bulk.progress(bulkId);
				const frozen = await tsq.bulk.retryFailed(bulkId, { operator });
				return confirmAndRun(context, tsq, { preview: frozen, verb: source.action.action, operator, flags });
			}),
		);
}
