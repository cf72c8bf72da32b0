/** Something to wait for that a test opens. */
export interface Gate {
	readonly opened: Promise<void>;
	open(): void;
}

export function createGate(): Gate {
	const { promise, resolve } = Promise.withResolvers<undefined>();
	return {
		opened: promise,
		open() {
			resolve(undefined);
		},
	};
}
