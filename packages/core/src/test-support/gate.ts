/** Where handlers under test stop until the test lets them go on. */
export interface Gate {
	/** Resolves once the gate is open. */
	pass(): Promise<void>;
	open(): void;
	/** How many wait in front of it now. */
	readonly waitingCount: number;
}

export function createGate(): Gate {
	const { promise, resolve } = Promise.withResolvers<undefined>();
	let waitingCount = 0;
	return {
		async pass() {
			waitingCount += 1;
			await promise;
			waitingCount -= 1;
		},
		open() {
			resolve(undefined);
		},
		get waitingCount() {
			return waitingCount;
		},
	};
}
