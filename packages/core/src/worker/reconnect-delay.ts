const firstMs = 100;
const maxMs = 5_000;

/**
 * How long to wait after so many failures in a row before the next try: from 100 ms, doubling, to 5 s. `random` from 0 to 1 takes up to half
 * of it away, so that a fleet does not come back at one moment.
 */
export function reconnectDelayMs(failures: number, random: number): number {
	return Math.min(firstMs * 2 ** Math.min(failures - 1, 10), maxMs) * (1 - random / 2);
}
