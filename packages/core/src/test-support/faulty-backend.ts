/**
 * A real backend whose infrastructure fails on demand: calls can be rejected before or after they took effect, be held up, and are
 * counted. Everything else is the backend's own behaviour.
 */
import { StoreError } from '../errors.ts';
import type { Backend } from '../ports/backend.ts';

interface Fault {
	/** What the call rejects with. @default the connection is lost, a repeat may help */
	readonly error?: Error;
	/** Whether the call takes effect although it rejects: the answer got lost. @default false */
	readonly takesEffect?: boolean;
	/** How many calls fail. @default all, until `mend` */
	readonly times?: number;
	/** Only calls that this says so of, by their arguments. @default all */
	readonly when?: (args: readonly unknown[]) => boolean;
}

export interface Faults {
	/** `method` is named as in the port, for instance `settle` or `checkSchema`. */
	fail(method: string, fault?: Fault): void;
	/** Lets calls of `method` work again. */
	mend(method: string): void;
	/** Keeps calls of `method` from starting until the returned function is called. */
	hold(method: string): () => void;
	/** Lets calls of `method` take effect, but keeps their answers back until the returned function is called. */
	holdAnswer(method: string): () => void;
	/** Arguments of every call of `method` so far. */
	calls(method: string): readonly (readonly unknown[])[];
}

export function connectionLost(): StoreError {
	return new StoreError('The connection is lost.', { reason: 'connection', isRetryable: true });
}

export function createFaultyBackend<Tx>(backend: Backend<Tx>): {
	readonly backend: Backend<Tx>;
	readonly faults: Faults;
} {
	const switchboard = new Switchboard();
	const wrap = <Port extends object>(port: Port): Port => wrapPort(port, switchboard);
	return {
		faults: switchboard,
		backend: {
			...backend,
			domains: wrap(backend.domains),
			commands: wrap(backend.commands),
			queries: wrap(backend.queries),
			batches: wrap(backend.batches),
			checkSchema: () => switchboard.run('checkSchema', [], () => backend.checkSchema()),
			explainError: (error) => backend.explainError(error),
		},
	};
}

class Switchboard implements Faults {
	readonly #calls = new Map<string, (readonly unknown[])[]>();
	readonly #faults = new Map<string, { fault: Fault; left: number }>();
	readonly #holds = new Map<string, Promise<undefined>>();
	readonly #answerHolds = new Map<string, Promise<undefined>>();

	fail(method: string, fault: Fault = {}): void {
		this.#faults.set(method, { fault, left: fault.times ?? Infinity });
	}

	mend(method: string): void {
		this.#faults.delete(method);
	}

	hold(method: string): () => void {
		return holdIn(this.#holds, method);
	}

	holdAnswer(method: string): () => void {
		return holdIn(this.#answerHolds, method);
	}

	calls(method: string): readonly (readonly unknown[])[] {
		return this.#calls.get(method) ?? [];
	}

	async run<Result>(method: string, args: readonly unknown[], call: () => Promise<Result>): Promise<Result> {
		this.#calls.set(method, [...this.calls(method), args]);
		await this.#holds.get(method);
		const entry = this.#faults.get(method);
		if (entry === undefined || entry.left <= 0 || entry.fault.when?.(args) === false) {
			const answer = await call();
			await this.#answerHolds.get(method);
			return answer;
		}
		entry.left -= 1;
		if (entry.fault.takesEffect === true) await call();
		throw entry.fault.error ?? connectionLost();
	}
}

function holdIn(holds: Map<string, Promise<undefined>>, method: string): () => void {
	const { promise, resolve } = Promise.withResolvers<undefined>();
	holds.set(method, promise);
	return () => {
		holds.delete(method);
		resolve(undefined);
	};
}

function wrapPort<Port extends object>(port: Port, switchboard: Switchboard): Port {
	return new Proxy(port, {
		get(target, name): unknown {
			const member: unknown = Reflect.get(target, name);
			if (typeof member !== 'function') return member;
			return (...args: unknown[]): Promise<unknown> =>
				switchboard.run(String(name), args, async (): Promise<unknown> => await Reflect.apply(member, target, args));
		},
	});
}
