/** The processes that the model knows: three steps, of which the first two can be undone. */

/** In order, each with its undo. */
export const stops = [
	{ step: 'BOOK', undo: 'UNBOOK' },
	{ step: 'PAY', undo: 'REPAY' },
	{ step: 'SHIP', undo: null },
] as const;

export interface Policy {
	readonly onFailed: 'fail' | 'compensate';
	readonly onCompensationFailure: 'continue' | 'wait';
}

export const policies = {
	Plain: { onFailed: 'fail', onCompensationFailure: 'continue' },
	Careful: { onFailed: 'compensate', onCompensationFailure: 'wait' },
} as const satisfies Record<string, Policy>;

/** What a process with this name is. */
export function typeOf(process: string): keyof typeof policies {
	return Number(process.slice(1)) % 2 === 1 ? 'Plain' : 'Careful';
}

export function undoOf(step: string): string | null {
	return stops.find((stop) => stop.step === step)?.undo ?? null;
}

export function stepAfter(step: string): string | null {
	return stops[stops.findIndex((stop) => stop.step === step) + 1]?.step ?? null;
}
