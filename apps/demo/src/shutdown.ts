/** Being asked to stop: by a signal, or by the end of the process that started this one. */
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** A Ctrl-C may arrive twice, from the terminal and passed on by npm. */
const sameRequestMs = 500;

export interface StopRequest {
	/** Aborted when this process is asked to stop. */
	readonly signal: AbortSignal;
	/** Resolves when it is. */
	readonly requested: Promise<void>;
}

/** Listens for requests to stop. The first one drains; another one, later, ends the process at once. */
export function listenForStop(): StopRequest {
	const controller = new AbortController();
	const { promise, resolve } = Promise.withResolvers<undefined>();
	let firstAt: number | undefined;

	function stop(): void {
		firstAt ??= performance.now();
		if (performance.now() - firstAt > sameRequestMs) process.exit(130);
		controller.abort();
		resolve(undefined);
	}

	for (const signal of signals) process.on(signal, stop);
	process.on('disconnect', stop);
	return { signal: controller.signal, requested: promise };
}
