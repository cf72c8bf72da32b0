/** Waiting for conditions: never for a length of time. */
import { setTimeout as sleep } from 'node:timers/promises';

const lookAgainMs = 10;

/** Looks until the condition holds; fails with `what` it waited for and what it saw last. */
export async function until<Seen>(
	look: () => Promise<Seen>,
	holds: (seen: Seen) => boolean,
	{ what, withinMs = 45_000 }: { readonly what: string; readonly withinMs?: number },
): Promise<Seen> {
	const deadline = performance.now() + withinMs;
	for (;;) {
		const seen = await look();
		if (holds(seen)) return seen;
		if (performance.now() > deadline) {
			throw new Error(`Not within ${withinMs} ms: ${what}. Seen last: ${JSON.stringify(seen)}`);
		}
		await sleep(lookAgainMs);
	}
}
