/**
 * Guarantee: whoever waits for work hears of it soon after the commit that brought it, and not once per command. (Signals may be lost, so
 * this speeds up and never replaces the poll.)
 */
import { describe, expect, it, onTestFinished } from 'vitest';
import type { WakeTopic } from '../ports/wake-signal.ts';
import { commands, completed, domain, otherDomain, replyQueue } from './builders.ts';
import { openWith, send, sendAndSettle } from './scenario.ts';
import type { BackendSubject, OpenSubject } from './subject.ts';

export function wakeSignalSuite(name: string, open: OpenSubject): void {
	describe(`${name}: waking`, () => {
		it('F3 wakes after a command was sent, and after a reply', async () => {
			const subject = await openWith(open);
			const forCommands = await subscribe(subject, { kind: 'commands', domain });
			const forReplies = await subscribe(subject, { kind: 'replies', queue: replyQueue });

			const woken = Promise.all([forCommands.next(), forReplies.next()]);
			await sendAndSettle(subject, completed());

			await expect(woken).resolves.toBeDefined();
		});

		it('A14 wakes a domain once for all commands of one step', async () => {
			const subject = await openWith(open, otherDomain);
			const many = await subscribe(subject, { kind: 'commands', domain });
			const fence = await subscribe(subject, { kind: 'commands', domain: otherDomain });
			const countBefore = many.count();

			await subject.backend.commands.acceptAll(commands(20));
			const behind = fence.next();
			await send(subject, { domain: otherDomain });
			await behind;

			expect(many.count() - countBefore).toBeLessThanOrEqual(1);
		});

		it('A12 wakes after the commit of the transaction that sends', async () => {
			const subject = await openWith(open);
			const subscriber = await subscribe(subject, { kind: 'commands', domain });

			const woken = subscriber.next();
			await subject.transaction((tx) => subject.backend.commands.accept(commands(1), tx));

			await expect(woken).resolves.toBeUndefined();
		});

		it('stops waking when closed', async () => {
			const subject = await openWith(open);
			const closed = await subscribe(subject, { kind: 'commands', domain });
			const another = await subscribe(subject, { kind: 'commands', domain });
			await closed.close();
			const countBefore = closed.count();

			const woken = another.next();
			await send(subject);
			await woken;

			expect(closed.isListening()).toBe(false);
			expect(another.isListening()).toBe(true);
			expect(closed.count()).toBe(countBefore);
		});
	});
}

interface Subscriber {
	/** Resolves at the next wake. */
	next(): Promise<void>;
	count(): number;
	isListening(): boolean;
	close(): Promise<void>;
}

/** Subscribes and waits for the wake that tells of the connection. */
async function subscribe(subject: BackendSubject, topic: WakeTopic): Promise<Subscriber> {
	let count = 0;
	let waiting: (() => void)[] = [];
	const next = (): Promise<void> =>
		new Promise((resolve) => {
			waiting.push(resolve);
		});
	const connected = next();
	const subscription = await subject.backend.wake.subscribe(topic, () => {
		count++;
		for (const wake of waiting) wake();
		waiting = [];
	});
	onTestFinished(() => subscription.close());
	await connected;
	return {
		next,
		count: () => count,
		isListening: () => subscription.isListening(),
		close: () => subscription.close(),
	};
}
