/** Random numbers that depend on nothing but the seed and the attempt: a run can be repeated, whoever handles what and when. */
import { createHash } from 'node:crypto';

export interface AttemptKey {
	readonly seed: string;
	readonly commandId: string;
	readonly generation: number;
	readonly attempt: number;
}

/** Numbers from 0 to below 1. */
export function attemptRandom({ seed, commandId, generation, attempt }: AttemptKey): () => number {
	return seededRandom(`${seed} ${commandId} ${String(generation)} ${String(attempt)}`);
}

/** As many numbers as wanted, the same for the same seed. */
export function seededRandom(seed: string): () => number {
	let block = digest(seed);
	let offset = 0;
	return () => {
		if (offset === block.length) {
			block = digest(block.toString('hex'));
			offset = 0;
		}
		const number = block.readUInt32BE(offset) / 2 ** 32;
		offset += 4;
		return number;
	};
}

function digest(text: string): Buffer {
	return createHash('sha256').update(text).digest();
}
