/** How a worker comes to an end: nothing is lost, and nothing is waited for longer than was said. */
import { InvalidOperationError } from '../errors.ts';
import { nextTurn } from '../next-turn.ts';
import type { Clock } from '../ports/clock.ts';
import type { WorkerEngine } from './worker-engine.ts';

/** What became of the commands a worker held when it was stopped. */
export interface StopReport {
	/** Handled to an end, and the outcome stored. */
	readonly finished: number;
	/** Given back before their handler started; no attempt was counted. */
	readonly released: number;
	/** Left to the end of their lease: the handler did not end in time, or its outcome could not be stored. */
	readonly abandoned: number;
}

/** What handlers get to end after their signal was aborted, and outcomes to be stored after the last handler. */
const graceMs = 1_000;

export async function stopEngine<Tx>(engine: WorkerEngine<Tx>, timeoutMs: number): Promise<StopReport> {
	const { clock, health, held, slots, loop } = engine;
	const before = held.counts;
	const stopAt = clock.now() + timeoutMs;
	health.enter('stopping');

	const received = loop.stop();
	const givenBack = engine.giveBack(slots.takeBack());
	await until(clock, stopAt, Promise.all([received, givenBack, slots.idle()]));
	if (slots.running.size > 0) {
		for (const leased of slots.running) leased.abort(new InvalidOperationError('The worker is stopping.', 'stopping'));
		await until(clock, clock.now() + graceMs, slots.idle());
	}
	await storeOutcomes(engine, Math.max(stopAt, clock.now() + graceMs));

	for (const leased of held) held.abandoned(leased);
	health.enter('stopped');
	const { settled, released, abandoned } = held.counts;
	return {
		finished: settled - before.settled,
		released: released - before.released,
		abandoned: abandoned - before.abandoned,
	};
}

async function storeOutcomes<Tx>(engine: WorkerEngine<Tx>, deadlineAt: number): Promise<void> {
	const { clock, settler, deferrals, finisher, keeper, ownBus } = engine;
	await until(clock, deadlineAt, Promise.all([settler.idle(), deferrals.idle()]));
	settler.close();
	keeper.stop();
	await until(clock, deadlineAt, Promise.all([finisher.stop(), ownBus?.close()]));
}

/** Resolves when `work` is done, and at `deadlineAt` at the latest; one turn of the event loop is always granted. */
async function until(clock: Clock, deadlineAt: number, work: Promise<unknown>): Promise<void> {
	const done = new AbortController();
	const leftMs = deadlineAt - clock.now();
	await Promise.race([work, leftMs > 0 ? clock.sleep(leftMs, done.signal) : nextTurn()]);
	done.abort();
}
