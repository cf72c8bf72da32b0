/** Lets at most `width` pieces of work run at once; the others wait in order, and `waited` is what waits. */
export function createLane(
	width: number,
	waited: (waiting: Promise<void>) => Promise<void> = (waiting) => waiting,
): <Result>(work: () => Promise<Result>) => Promise<Result> {
	let running = 0;
	const waiting: (() => void)[] = [];

	async function enter(): Promise<void> {
		if (running < width) {
			running++;
			return;
		}
		await waited(new Promise<void>((resolve) => waiting.push(resolve)));
	}

	/** Whoever waits first takes the place over. */
	function leave(): void {
		const next = waiting.shift();
		if (next === undefined) running--;
		else next();
	}

	return async (work) => {
		await enter();
		try {
			return await work();
		} finally {
			leave();
		}
	};
}
