/**
 * Ids of our own making: UUIDs of version 7 (RFC 9562), which begin with the time, so that rows made together lie together in every index.
 * Every command takes two, so the random bits are drawn for 256 ids at once: a draw costs 3.5 µs whether it is of 16 bytes or of 4,096.
 */
import { v7 } from 'uuid';

const idBytes = 16;
const pool = new Uint8Array(256 * idBytes);
const words = new DataView(pool.buffer);
let drawn = pool.length;
let milliseconds = 0;
let sequence = 0;

/** A new id, greater than every id this process has made before, also while the system's clock goes back. */
export function newId(): string {
	if (drawn === pool.length) {
		crypto.getRandomValues(pool);
		drawn = 0;
	}
	const at = drawn;
	drawn += idBytes;
	const now = Date.now();
	if (now > milliseconds) {
		milliseconds = now;
		// 31 of the field's 32 bits, so that there is room to count on. They are bytes that v7 itself does not use when it is given a sequence.
		sequence = words.getUint32(at) >>> 1;
	} else {
		sequence++;
	}
	return v7({ random: pool.subarray(at, drawn), msecs: milliseconds, seq: sequence });
}
