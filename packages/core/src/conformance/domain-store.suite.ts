/** Guarantee: a domain is created once with all its queues, and what lies in them is counted as it is. */
import { describe, expect, it } from 'vitest';
import { domainQueues } from '../model/ids.ts';
import { aCommand, completed, domain, otherDomain, parkedWith, retryOf } from './builders.ts';
import { first, only, openWith, park, receiveOne, send, sendAndSettle } from './scenario.ts';
import type { OpenSubject } from './subject.ts';

export function domainStoreSuite(name: string, open: OpenSubject): void {
	describe(`${name}: domains`, () => {
		it('A6 creates a domain with its queues, once', async () => {
			const subject = await openWith(open);
			const { domains, commands, replies } = subject.backend;
			const refused = await commands.accept([aCommand({ domain: otherDomain, replyTo: undefined })]);

			const outcomes = [await domains.create(otherDomain), await domains.create(otherDomain)];

			expect(refused).toEqual([{ kind: 'domain-not-found' }]);
			expect(outcomes).toEqual(['created', 'exists']);
			const { replies: replyTo, processReplies } = domainQueues(otherDomain);
			expect(await commands.accept([aCommand({ domain: otherDomain, replyTo })])).toEqual([{ kind: 'accepted' }]);
			expect(await replies.receive(processReplies, 1, 30)).toEqual([]);
			const names = (await domains.list()).map((record) => record.domain);
			expect(names).toEqual([domain, otherDomain]);
		});

		it('A6 creates a domain once when many try at the same time', async () => {
			const subject = await openWith(open);

			const outcomes = await Promise.all(Array.from({ length: 5 }, () => subject.backend.domains.create(otherDomain)));

			expect(outcomes.filter((outcome) => outcome === 'created')).toHaveLength(1);
			await send(subject, { domain: otherDomain });
		});

		it('A13 takes a name of 31 characters', async () => {
			const subject = await openWith(open);
			const longest = `d${'x'.repeat(30)}`;

			await subject.backend.domains.create(longest);

			await send(subject, { domain: longest, replyTo: domainQueues(longest).processReplies });
			expect(await receiveOne(subject, { domain: longest })).toMatchObject({ domain: longest });
			expect(await subject.backend.replies.receive(domainQueues(longest).processReplies, 1, 30)).toEqual([]);
		});

		it('A17 creates a reply queue of any name, once', async () => {
			const subject = await openWith(open);
			const { domains } = subject.backend;

			const outcomes = [await domains.createReplyQueue('web_replies'), await domains.createReplyQueue('web_replies')];

			expect(outcomes).toEqual(['created', 'exists']);
			await send(subject, { replyTo: 'web_replies' });
		});
	});

	describe(`${name}: statistics of domains`, () => {
		it('R8 counts what is ready, delayed, in flight, stalled and parked', async () => {
			const subject = await openWith(open, otherDomain);
			await sendAndSettle(subject, completed());
			await sendAndSettle(subject, parkedWith());
			await send(subject);
			await receiveOne(subject, { leaseSeconds: 30 });
			await subject.elapse(31_000);
			await send(subject, { delaySeconds: 600 });
			const { stalledCount: stalledBefore } = only(await subject.backend.domains.statistics(domain));
			await receiveOne(subject, { leaseSeconds: 60 });
			await send(subject);

			const [own, other] = await subject.backend.domains.statistics();

			expect(stalledBefore).toBe(1);
			expect(own).toMatchObject({
				domain,
				depth: 3,
				readyCount: 1,
				delayedCount: 1,
				inFlightCount: 1,
				stalledCount: 0,
				parkedCount: 1,
				parkedLastHourCount: 1,
			});
			expect(other).toMatchObject({ domain: otherDomain, depth: 0, parkedCount: 0, oldestReadySeconds: null });
			expect(await subject.backend.domains.statistics('nowhere')).toEqual([]);
		});

		it('tells what has flowed through, so that two looks make rates', async () => {
			const subject = await openWith(open, otherDomain);
			const { domains } = subject.backend;
			const before = first(await domains.activity());
			for (let count = 0; count < 3; count++) await sendAndSettle(subject, completed());
			const parked = await park(subject);
			await subject.backend.troubleshooting.act(retryOf(parked));
			await send(subject);

			const [own, other] = await domains.activity();

			expect(before).toMatchObject({ domain, enqueuedCount: expect.any(Number) as number, latency: null });
			expect(own?.enqueuedCount).toBe(Number(before.enqueuedCount) + 6);
			expect(own).toMatchObject({ domain, depth: 2, parkedCount: 0 });
			const { medianMs, p95Ms } = own?.latency ?? { medianMs: -1, p95Ms: -1 };
			expect(medianMs).toBeGreaterThanOrEqual(0);
			expect(p95Ms).toBeGreaterThanOrEqual(medianMs);
			expect(other).toMatchObject({ domain: otherDomain, enqueuedCount: 0, latency: null });
		});

		it('measures how long the oldest ready command has been due', async () => {
			const subject = await openWith(open);
			await send(subject);
			await send(subject, { delaySeconds: 600 });

			await subject.elapse(120_000);

			const { oldestReadySeconds } = only(await subject.backend.domains.statistics(domain));
			expect(oldestReadySeconds).toBeGreaterThanOrEqual(120);
			expect(oldestReadySeconds).toBeLessThan(180);
		});
	});
}
