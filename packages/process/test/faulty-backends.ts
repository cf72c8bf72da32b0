/** The in-memory backend behind a connection that fails in one way each: its own answers are the real ones. */
import { StoreError } from '@cb/core';
import type { Backend, ProcessAdvance, StoreErrorReason } from '@cb/core';

/** The same backend, whose advances are seen first by `before`. */
function advancing<Tx>(
	backend: Backend<Tx>,
	before: (advances: readonly ProcessAdvance[]) => Promise<unknown>,
): Backend<Tx> {
	const { processes } = backend;
	const advance: typeof processes.advance = async (advances) => {
		await before(advances);
		return processes.advance(advances);
	};
	return { ...backend, processes: { ...processes, advance } };
}

export function holding<Tx>(backend: Backend<Tx>, until: Promise<undefined>): Backend<Tx> {
	return advancing(backend, () => until);
}

export function interferingOnce<Tx>(backend: Backend<Tx>, interfere: () => Promise<void>): Backend<Tx> {
	let isDone = false;
	return advancing(backend, async () => {
		if (isDone) return;
		isDone = true;
		await interfere();
	});
}

function storeError(reason: StoreErrorReason, message: string): StoreError {
	return new StoreError(message, { reason, isRetryable: reason === 'connection' });
}

export function refusingProcess<Tx>(backend: Backend<Tx>, processId: string): Backend<Tx> {
	return advancing(backend, (advances) =>
		advances.some((advance) => advance.processId === processId)
			? Promise.reject(storeError('unknown', 'cannot be stored'))
			: Promise.resolve(),
	);
}

/** The first advance is stored, but its caller hears of a lost connection. */
export function losingAnswers<Tx>(backend: Backend<Tx>): Backend<Tx> {
	const { processes } = backend;
	let isLost = false;
	const advance: typeof processes.advance = async (advances) => {
		const outcomes = await processes.advance(advances);
		if (isLost) return outcomes;
		isLost = true;
		throw storeError('connection', 'the connection is gone');
	};
	return { ...backend, processes: { ...processes, advance } };
}

export interface FailingBackend<Tx> {
	readonly backend: Backend<Tx>;
	begin(because: StoreErrorReason): void;
	end(): void;
}

/** Fails from `begin` to `end`: receiving and advancing, or advancing only. */
export function failing<Tx>(backend: Backend<Tx>, only?: 'advance'): FailingBackend<Tx> {
	let reason: StoreErrorReason | undefined;
	const check = (): void => {
		if (reason !== undefined) throw storeError(reason, 'the store is away');
	};
	const advanced = advancing(backend, () => {
		check();
		return Promise.resolve();
	});
	const { replies } = backend;
	const receive: typeof replies.receive = async (...args) => {
		if (only === undefined) check();
		return replies.receive(...args);
	};
	return {
		backend: { ...advanced, replies: { ...replies, receive } },
		begin: (because: StoreErrorReason) => {
			reason = because;
		},
		end: () => {
			reason = undefined;
		},
	};
}

export interface CountingBackend<Tx> {
	readonly backend: Backend<Tx>;
	/** The most calls that were under way together. */
	readonly most: () => number;
}

/** Counts the calls of the router's ports that are under way together. */
export function countingCalls<Tx>(original: Backend<Tx>): CountingBackend<Tx> {
	let now = 0;
	let most = 0;
	const counted = async <Result>(call: () => Promise<Result>): Promise<Result> => {
		now += 1;
		most = Math.max(most, now);
		try {
			return await call();
		} finally {
			now -= 1;
		}
	};
	const { processes, replies } = original;
	const backend: Backend<Tx> = {
		...original,
		processes: {
			...processes,
			loadMany: (ids) => counted(() => processes.loadMany(ids)),
			advance: (advances) => counted(() => processes.advance(advances)),
			findByCommand: (of, commandId) => counted(() => processes.findByCommand(of, commandId)),
		},
		replies: {
			...replies,
			receive: (from, limit, leaseSeconds) => counted(() => replies.receive(from, limit, leaseSeconds)),
		},
	};
	return { backend, most: () => most };
}
