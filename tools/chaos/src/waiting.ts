/** Waiting for conditions and for signals. */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

const lookAgainMs = 50;

/** Looks until it sees what it waits for; `undefined` when time is up. A look that throws has seen nothing. */
export async function seen<Seen>(look: () => Promise<Seen | undefined>, withinMs: number): Promise<Seen | undefined> {
	const deadline = performance.now() + withinMs;
	for (;;) {
		const found = await look().catch(() => undefined);
		if (found !== undefined) return found;
		if (performance.now() > deadline) return undefined;
		await sleep(lookAgainMs);
	}
}

/** Ends early, without an error, when the signal is aborted. */
export async function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
	await sleep(milliseconds, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
}

/** A signal that is aborted after that time, or as soon as the other one is. */
export function abortedAfter(milliseconds: number, sooner: AbortSignal): AbortSignal {
	const enough = new AbortController();
	const abort = (): void => {
		clearTimeout(timer);
		sooner.removeEventListener('abort', abort);
		enough.abort();
	};
	const timer = setTimeout(abort, milliseconds);
	sooner.addEventListener('abort', abort);
	if (sooner.aborted) abort();
	return enough.signal;
}

/** Resolves when the signal is aborted. */
export async function untilAborted(signal: AbortSignal): Promise<void> {
	if (!signal.aborted) await once(signal, 'abort');
}

/** Calls `act` at once and then every `intervalMs`, one call after the other, until the signal is aborted. */
export async function repeatedly(
	{ signal, intervalMs }: { readonly signal: AbortSignal; readonly intervalMs: number },
	act: () => Promise<void>,
): Promise<void> {
	while (!signal.aborted) {
		const startedAt = performance.now();
		await act();
		await pause(Math.max(0, intervalMs - (performance.now() - startedAt)), signal);
	}
}
