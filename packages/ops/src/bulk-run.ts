/** Working off bulks, chunk by chunk. The store decides what a chunk does; here is only when the next one is due. */
import { BulkNotFoundError, InvalidOperationError, emit, parseArgument } from '@cb/core';
import type { Backend, BulkRecord, Telemetry } from '@cb/core';
import { z } from 'zod';
import { parseBulkId } from './bulk-request.ts';
import { finishBatches } from './finish-batches.ts';

export interface RunOptions {
	/** Stops after the chunk under way; the rest stays for the next run, here or elsewhere. */
	readonly signal?: AbortSignal | undefined;
	/** Items per transaction, 1 to 1,000. @default 200 */
	readonly chunkSize?: number | undefined;
	/** Called after every chunk. What it throws ends the run, never the bulk. */
	readonly onProgress?: ((bulk: BulkRecord) => void) | undefined;
}

export interface BulkRun {
	/**
	 * Works off a started bulk here and now, together with whoever else does, and resolves with it once it has ended, was paused, or the
	 * signal was aborted. Throws `BulkNotFoundError`, `InvalidOperationError` for a preview that was not started, and `StoreError`; run again then:
	 * what is settled stays settled.
	 */
	run(bulkId: string, options?: RunOptions): Promise<BulkRecord>;
	/** Works off every bulk that runs; resolves with the last one it worked on, `undefined` when there was nothing to do. */
	run(bulkId?: undefined, options?: RunOptions): Promise<BulkRecord | undefined>;
}

export const defaultChunkSize = 200;
export const ChunkSizeSchema = z.number().int().min(1).max(1_000);

interface RunParts {
	readonly backend: Pick<Backend, 'troubleshooting' | 'batches' | 'clock'>;
	readonly telemetry: Telemetry | undefined;
}

/** How long to leave a bulk alone whose chunk somebody else works on. */
const otherRunnerPauseMs = 50;

export function createRun(parts: RunParts): BulkRun {
	function run(bulkId: string, options?: RunOptions): Promise<BulkRecord>;
	function run(bulkId?: undefined, options?: RunOptions): Promise<BulkRecord | undefined>;
	async function run(bulkId?: string, options: RunOptions = {}): Promise<BulkRecord | undefined> {
		const said = parseRunOptions(options);
		return bulkId === undefined ? runAll(parts, said) : runOne(parts, parseBulkId(bulkId), said);
	}
	return { run };
}

/** One chunk of one bulk, with what follows its end. `undefined` when there was none to do. */
export async function workChunk(
	{ backend, telemetry }: RunParts,
	limit: number,
	bulkId?: string,
): Promise<BulkRecord | undefined> {
	const bulk = await backend.troubleshooting.workBulk(limit, bulkId);
	if (bulk?.status !== 'COMPLETED') return bulk;
	emit(telemetry, { kind: 'bulk-moved', bulkId: bulk.bulkId, move: 'completed' });
	if (bulk.action.action !== 'retry') await finishBatches(backend, telemetry);
	return bulk;
}

type ParsedRunOptions = ReturnType<typeof parseRunOptions>;

function parseRunOptions({ signal, chunkSize = defaultChunkSize, onProgress }: RunOptions) {
	return { signal, onProgress, chunkSize: parseArgument(ChunkSizeSchema, chunkSize, 'The chunk size') };
}

async function runAll(parts: RunParts, options: ParsedRunOptions): Promise<BulkRecord | undefined> {
	let last: BulkRecord | undefined;
	while (options.signal?.aborted !== true) {
		const bulk = await workChunk(parts, options.chunkSize);
		if (bulk === undefined) break;
		options.onProgress?.(bulk);
		last = bulk;
	}
	return last;
}

async function runOne(parts: RunParts, bulkId: string, options: ParsedRunOptions): Promise<BulkRecord> {
	let bulk = await foundBulk(parts, bulkId);
	if (bulk.status === 'PREVIEWED') {
		throw new InvalidOperationError(`Bulk ${bulkId} was only previewed. Start it with its digest first.`, bulk.status);
	}
	while (bulk.status === 'RUNNING' && options.signal?.aborted !== true) {
		bulk = (await workChunk(parts, options.chunkSize, bulkId)) ?? (await afterPause(parts, bulkId, options.signal));
		options.onProgress?.(bulk);
	}
	return bulk;
}

/** There was nothing to do: the bulk was moved, or somebody else has its chunk. */
async function afterPause(parts: RunParts, bulkId: string, signal: AbortSignal | undefined): Promise<BulkRecord> {
	const bulk = await foundBulk(parts, bulkId);
	if (bulk.status !== 'RUNNING') return bulk;
	await parts.backend.clock.sleep(otherRunnerPauseMs, signal);
	return foundBulk(parts, bulkId);
}

async function foundBulk({ backend }: RunParts, bulkId: string): Promise<BulkRecord> {
	const bulk = await backend.troubleshooting.getBulk(bulkId);
	if (bulk === undefined) throw new BulkNotFoundError(bulkId);
	return bulk;
}
