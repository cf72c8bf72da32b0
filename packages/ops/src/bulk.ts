/**
 * Bulks: one act on many parked commands. The set is frozen when it is previewed, confirmed by its digest, and worked off in chunks by
 * whoever runs it. All of it lives in the store: whoever dies in the middle, the next one goes on, and each item gets exactly one result.
 */
import { BulkNotFoundError, ConflictError, InvalidOperationError, emit, newId, parseArgument } from '@cb/core';
import type {
	BulkBreakdown,
	BulkItem,
	BulkMove,
	BulkRecord,
	CommandBusError,
	Operator,
	Page,
	PageRequest,
	StartBulkOutcome,
} from '@cb/core';
import { aboutBulk, checkBulk, checkGroups } from './bulk-permission.ts';
import { DigestSchema, parseBulkId, parsePreview, parseResultsQuery } from './bulk-request.ts';
import type { PreviewRequest, ResultsQuery } from './bulk-request.ts';
import { createRun } from './bulk-run.ts';
import type { BulkRun } from './bulk-run.ts';
import { parsePage } from './item-filter.ts';
import { parseBy, subjectOf } from './look.ts';
import { OperatorSchema } from './operator.ts';
import type { ActingOperator } from './operator.ts';
import type { QueueContext } from './queue-context.ts';

/** What would be done, to be shown before it is confirmed. */
export interface BulkPreview {
	readonly bulkId: string;
	readonly count: number;
	/** By domain, type and error fingerprint. */
	readonly breakdown: readonly BulkBreakdown[];
	/** Proves to `start` that what is confirmed is what was shown. */
	readonly digest: string;
}

/** Every call throws `InvalidArgumentError`, `NotAuthorizedError`, `BulkNotFoundError` or `StoreError`; then nothing changed. */
export interface Bulks extends BulkRun {
	/** Freezes what matches now: the ids and versions. The commands stay as they are, and open to everybody. */
	preview(request: PreviewRequest): Promise<BulkPreview>;
	/**
	 * Confirms a preview: from now on any runner works it off. Throws `ConflictError` for another digest than that of the preview, and
	 * `InvalidOperationError` when it is not a preview any more.
	 */
	start(bulkId: string, digest: string, by?: ActingOperator): Promise<BulkRecord>;
	/** No further item is touched until `resume`; the chunk under way ends first. `InvalidOperationError` unless it runs. */
	pause(bulkId: string, by?: ActingOperator): Promise<BulkRecord>;
	/** `InvalidOperationError` unless it is paused. */
	resume(bulkId: string, by?: ActingOperator): Promise<BulkRecord>;
	/** Ends it: the items that wait end as CANCELED, what is done stays done. `InvalidOperationError` when it has ended. */
	cancel(bulkId: string, by?: ActingOperator): Promise<BulkRecord>;
	/** The bulk with its counts of now. */
	progress(bulkId: string, by?: ActingOperator): Promise<BulkRecord>;
	/** Newest first. */
	list(page?: PageRequest, by?: ActingOperator): Promise<Page<BulkRecord>>;
	/** One result per item, in order: done; skipped, because changed by whom and when; failed, and why; canceled; or waiting. */
	results(bulkId: string, query?: ResultsQuery, by?: ActingOperator): Promise<Page<BulkItem>>;
	/** Previews the same act on the items that failed or were skipped and are still parked, at their versions of now. */
	retryFailed(bulkId: string, by: { readonly operator: Operator }): Promise<BulkPreview>;
}

export function createBulks<Tx>(context: QueueContext<Tx>): Bulks {
	return { ...createPreviews(context), ...createMoves(context), ...createBulkLooks(context), ...createRun(context) };
}

function createPreviews<Tx>(context: QueueContext<Tx>): Pick<Bulks, 'preview' | 'retryFailed' | 'start'> {
	const { troubleshooting } = context.backend;
	return {
		async preview(request) {
			const frozen = { bulkId: newId(), ...parsePreview(request) };
			const { operator, action, filter } = frozen;
			await checkBulk(context, operator, { action, about: subjectOf(filter) });
			if (context.gate.isGuarded || action.action === 'complete') {
				await checkGroups(context, await troubleshooting.groups(filter), frozen);
			}
			return previewOf(await troubleshooting.freezeBulk(frozen));
		},
		async retryFailed(bulkId, by) {
			const source = await found(context, bulkId);
			const operator = parseArgument(OperatorSchema, by.operator, 'The operator');
			const { action, filter } = source;
			await checkBulk(context, operator, { action, about: aboutBulk(source) });
			await checkGroups(context, source.breakdown, { operator, action });
			const frozen = { bulkId: newId(), operator, action, filter };
			return previewOf(await troubleshooting.freezeBulkOfUnsettled(frozen, source.bulkId));
		},
		async start(bulkId, digest, by = {}) {
			const confirmed = parseArgument(DigestSchema, digest, 'The digest');
			const bulk = await found(context, bulkId);
			const operator = parseBy(by);
			const { action } = bulk;
			await checkBulk(context, operator, { action, about: aboutBulk(bulk) });
			await checkGroups(context, bulk.breakdown, { operator, action });
			refuseSomebodyElse(bulk, operator);
			const outcome = await troubleshooting.startBulk(bulk.bulkId, confirmed);
			if (outcome.kind !== 'started') throw startRefused(bulk, outcome);
			report(context, { bulkId: bulk.bulkId, move: 'started', operator });
			return outcome.bulk;
		},
	};
}

function createMoves<Tx>(context: QueueContext<Tx>): Pick<Bulks, BulkMove> {
	const move =
		(bulkMove: BulkMove) =>
		async (bulkId: string, by: ActingOperator = {}) => {
			const bulk = await found(context, bulkId);
			const operator = parseBy(by);
			await context.gate.check(operator, 'bulk', aboutBulk(bulk));
			if (bulkMove === 'cancel' && bulk.status !== 'PREVIEWED') {
				await context.gate.check(operator, 'bulk-cancel', aboutBulk(bulk));
			}
			const outcome = await context.backend.troubleshooting.moveBulk(bulk.bulkId, bulkMove);
			if (outcome.kind === 'not-found') throw new BulkNotFoundError(bulk.bulkId);
			if (outcome.kind === 'not-allowed') throw moveRefused(outcome.bulk, bulkMove);
			report(context, { bulkId: bulk.bulkId, move: participles[bulkMove], operator });
			return outcome.bulk;
		};
	return { pause: move('pause'), resume: move('resume'), cancel: move('cancel') };
}

function createBulkLooks<Tx>(context: QueueContext<Tx>): Pick<Bulks, 'progress' | 'list' | 'results'> {
	const { gate, backend } = context;
	return {
		async progress(bulkId, by = {}) {
			const bulk = await found(context, bulkId);
			await gate.check(parseBy(by), 'look', aboutBulk(bulk));
			return bulk;
		},
		async list(page = {}, by = {}) {
			const parsed = parsePage(page);
			await gate.check(parseBy(by), 'look', {});
			return backend.troubleshooting.listBulks(parsed);
		},
		async results(bulkId, query = {}, by = {}) {
			const { status, page } = parseResultsQuery(query);
			const bulk = await found(context, bulkId);
			await gate.check(parseBy(by), 'look', aboutBulk(bulk));
			return backend.troubleshooting.bulkItems(bulk.bulkId, status, page);
		},
	};
}

async function found<Tx>({ backend }: QueueContext<Tx>, bulkId: string): Promise<BulkRecord> {
	const id = parseBulkId(bulkId);
	const bulk = await backend.troubleshooting.getBulk(id);
	if (bulk === undefined) throw new BulkNotFoundError(id);
	return bulk;
}

/** The audit will name who previewed it, so nobody else may set it off. */
function refuseSomebodyElse(bulk: BulkRecord, operator: Operator | undefined): void {
	if (operator === undefined || operator.id === bulk.operator.id) return;
	throw new InvalidOperationError(
		`Bulk ${bulk.bulkId} was previewed by ${bulk.operator.id} and would act in that name, so ${operator.id} cannot start it. ` +
			`Nothing was changed; make a preview of your own.`,
		bulk.status,
	);
}

function startRefused(
	{ bulkId, status }: BulkRecord,
	outcome: Exclude<StartBulkOutcome, { readonly kind: 'started' }>,
): CommandBusError {
	switch (outcome.kind) {
		case 'not-found':
			return new BulkNotFoundError(bulkId);
		case 'wrong-digest':
			return new ConflictError(
				`Bulk ${bulkId} was not started: the digest is not that of its preview. Look at the preview again and confirm that one.`,
				status,
			);
		case 'not-previewed':
			return new InvalidOperationError(
				`Bulk ${bulkId} cannot be started: it is ${outcome.bulk.status}. Nothing was changed.`,
				outcome.bulk.status,
			);
	}
}

function moveRefused({ bulkId, status }: BulkRecord, move: BulkMove): InvalidOperationError {
	return new InvalidOperationError(
		`Bulk ${bulkId} cannot be ${participles[move]}: it is ${status}. Nothing was changed.`,
		status,
	);
}

const participles = { pause: 'paused', resume: 'resumed', cancel: 'canceled' } as const;

function previewOf({ bulkId, totalCount, breakdown, digest }: BulkRecord): BulkPreview {
	return { bulkId, count: totalCount, breakdown, digest };
}

interface MovedBulk {
	readonly bulkId: string;
	readonly move: 'started' | (typeof participles)[BulkMove];
	readonly operator: Operator | undefined;
}

function report<Tx>({ telemetry }: QueueContext<Tx>, { bulkId, move, operator }: MovedBulk): void {
	emit(telemetry, { kind: 'bulk-moved', bulkId, move, ...(operator === undefined ? {} : { operatorId: operator.id }) });
}
