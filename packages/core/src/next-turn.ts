/** Resolves in the next turn of the event loop, when every promise that could go on has gone on. */
export function nextTurn(): Promise<void> {
	return new Promise((resolve) => {
		setImmediate(resolve);
	});
}
