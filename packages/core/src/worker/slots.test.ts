import { beforeEach, describe, expect, it } from 'vitest';
import type { ReceivedCommand } from '../model/command-record.ts';
import { createManualClock } from '../memory/index.ts';
import type { ManualClock } from '../memory/index.ts';
import { turns } from '../test-support/test-bed.ts';
import { LeasedCommand } from './leased-command.ts';
import { Slots } from './slots.ts';

let clock: ManualClock;
let slots: Slots<unknown>;
/** What runs, with how to end it. */
let running: Map<LeasedCommand, () => void>;

beforeEach(() => {
	clock = createManualClock();
	running = new Map();
	slots = new Slots({
		concurrency: 2,
		clock,
		onEnded: () => undefined,
		run: (leased) =>
			new Promise((end) => {
				running.set(leased, end);
			}),
	});
});

function lease(id: string): LeasedCommand {
	const at = new Date(0);
	const command: ReceivedCommand = {
		...{ domain: 'payments', commandId: id, commandType: 'Debit', data: null, headers: {}, correlationId: id },
		...{ causationId: null, replyTo: null, batchId: null, generation: 1, maxAttempts: null, backoff: null },
		...{ isRedelivered: false, deferrals: 0, createdAt: at, receivedAt: at },
		lease: { commandId: id, messageId: id, attempt: 1 },
	};
	return new LeasedCommand(command, 0, 0);
}

const a = lease('a');
const b = lease('b');
const c = lease('c');
const d = lease('d');
const e = lease('e');

describe('Slots', () => {
	it('start the next as soon as one has ended, in order', async () => {
		slots.add([a, b, c]);
		expect([...slots.running]).toEqual([a, b]);

		running.get(b)?.();
		await turns();

		expect([...slots.running]).toEqual([a, c]);
		expect(slots.waitingCount).toBe(0);
	});

	it('give back what was not started: some of it, or all', async () => {
		slots.add([a, b, c]);
		slots.add([d, e]);

		expect(slots.takeBack([a, d])).toEqual([d]);
		expect(slots.waitingCount).toBe(2);
		running.get(a)?.();
		await turns();
		expect([...slots.running]).toEqual([b, c]);

		expect(slots.takeBack()).toEqual([e]);
		expect(slots.waitingCount).toBe(0);
	});

	it('know how long those that run have been running', async () => {
		expect(slots.averageAgeMs).toBe(0);
		slots.add([a]);
		await clock.advance(100);
		slots.add([b]);
		await clock.advance(50);
		expect(slots.averageAgeMs).toBe(100);

		running.get(a)?.();
		await turns();

		expect(slots.averageAgeMs).toBe(50);
	});

	it('are idle when nothing runs', async () => {
		await slots.idle();
		slots.add([a]);
		let isIdle = false;
		void slots.idle().then(() => (isIdle = true));
		await turns();
		expect(isIdle).toBe(false);

		running.get(a)?.();
		await turns();

		expect(isIdle).toBe(true);
	});
});
