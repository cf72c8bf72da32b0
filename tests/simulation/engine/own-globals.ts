/** What the runtime takes from its surroundings without being handed it: chance, and turns of the event loop. */

export interface SimulatedGlobals {
	readonly random: () => number;
	/** Runs `go` in the next turn of whoever asks. */
	readonly nextTurn: (go: () => void) => void;
}

/** Nothing else of this process runs meanwhile: between two steps of a run the event loop does not turn. */
export async function withSimulatedGlobals<Result>(
	{ random, nextTurn }: SimulatedGlobals,
	run: () => Promise<Result>,
): Promise<Result> {
	const { setImmediate } = globalThis;
	const realRandom = Math.random;
	const { stackTraceLimit } = Error;
	try {
		// Errors are daily bread here, and nobody reads where they were made.
		Error.stackTraceLimit = 0;
		Math.random = random;
		Reflect.set(globalThis, 'setImmediate', nextTurn);
		return await run();
	} finally {
		Error.stackTraceLimit = stackTraceLimit;
		Math.random = realRandom;
		Reflect.set(globalThis, 'setImmediate', setImmediate);
	}
}
