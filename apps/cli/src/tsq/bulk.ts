/** Bulks from end to end: freeze what matches, show it, ask, start it, and work it off here until it has ended or Ctrl-C. */
import type { BulkBreakdown, BulkRecord, Operator, TroubleshootingFilter } from '@cb/core';
import type { BulkPreview, TroubleshootingQueue } from '@cb/ops';
import { confirmed } from '../confirm.ts';
import type { Consent } from '../confirm.ts';
import type { Context } from '../context.ts';
import { exitCodes } from '../exit-code.ts';
import type { ExitCode } from '../exit-code.ts';
import { startProgress } from '../progress.ts';
import type { Result } from '../result.ts';
import { breakdownTable, bulkText } from '../view/bulk.ts';
import { counted } from '../view/count.ts';
import { capitalised } from './perform.ts';
import type { Act } from './perform.ts';

export interface MatchingRequest {
	readonly tsq: TroubleshootingQueue;
	readonly act: Act;
	readonly filter: TroubleshootingFilter;
}

export async function actOnMatching(context: Context, { tsq, act, filter }: MatchingRequest): Promise<Result> {
	const { action, operator, flags } = act;
	const preview = await tsq.bulk.preview({ filter, action, operator });
	return confirmAndRun(context, tsq, { preview, verb: action.action, operator, flags });
}

export interface Confirmation {
	readonly preview: BulkPreview;
	readonly verb: string;
	readonly operator: Operator;
	readonly flags: Consent & { readonly detach?: true | undefined };
}

/** A preview that is not confirmed is withdrawn: nothing of it stays behind. */
export async function confirmAndRun(
	context: Context,
	tsq: TroubleshootingQueue,
	{ preview, verb, operator, flags }: Confirmation,
): Promise<Result> {
	const { bulkId, count, digest } = preview;
	const by = { operator };
	if (count === 0)
		return { data: await tsq.bulk.cancel(bulkId, by), text: () => 'Nothing parked matches; nothing was done.' };
	await showBreakdown(context, preview, flags);
	try {
		await confirmed(context, flags, `${capitalised(verb)} ${counted(count, 'parked command')}?`);
	} catch (refusal) {
		await tsq.bulk.cancel(bulkId, by);
		throw refusal;
	}
	const started = await tsq.bulk.start(bulkId, digest, by);
	return flags.detach === true ? startedResult(started) : workOff(context, tsq, started);
}

export async function showBreakdown(
	{ output }: Context,
	{ breakdown }: { readonly breakdown: readonly BulkBreakdown[] },
	{ yes }: Consent,
): Promise<void> {
	if (output.isJson && yes === true) return;
	output.note(await breakdownTable(output.screen(), breakdown));
}

/** It runs, and this program is not the one that works it off. */
export function startedResult(bulk: BulkRecord): Result {
	return { data: bulk, text: (screen) => bulkText(screen, bulk), hints: [whoWorksOn(bulk.bulkId)] };
}

/** Works a started bulk off, with a progress bar. Ctrl-C ends the work here, not the bulk. */
export async function workOff(context: Context, tsq: TroubleshootingQueue, started: BulkRecord): Promise<Result> {
	const progress = await startProgress(context, started);
	try {
		const bulk = await tsq.bulk.run(started.bulkId, {
			signal: context.signal,
			onProgress: (now) => {
				progress.show(now);
			},
		});
		return bulkResult(bulk);
	} finally {
		progress.stop();
	}
}

export function bulkResult(bulk: BulkRecord): Result {
	return {
		data: bulk,
		text: (screen) => bulkText(screen, bulk),
		exitCode: bulkExitCode(bulk),
		hints: bulkHints(bulk),
	};
}

/** A bulk that was asked for and did not do all of it is not done. */
function bulkExitCode({ doneCount, totalCount }: BulkRecord): ExitCode {
	return doneCount === totalCount ? exitCodes.ok : exitCodes.notDone;
}

function bulkHints({ bulkId, status, skippedCount, failedCount }: BulkRecord): readonly string[] {
	if (status === 'RUNNING') return [whoWorksOn(bulkId)];
	if (status === 'PAUSED') return [`Go on with it: cb tsq bulk resume ${bulkId}`];
	if (skippedCount + failedCount === 0) return [];
	return [
		`Why: cb tsq bulk results ${bulkId}`,
		`Once more, those that are still parked: cb tsq bulk retry-failed ${bulkId}`,
	];
}

function whoWorksOn(bulkId: string): string {
	return [
		'The bulk stays on the server. Worker processes with a bulk runner work it off, or do it here: ' +
			`cb tsq bulk run ${bulkId}`,
		`Look at it again: cb tsq bulk show ${bulkId} --watch`,
	].join('\n');
}
