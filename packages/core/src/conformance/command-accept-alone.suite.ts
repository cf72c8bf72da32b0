/** Guarantee: a command is stored as it was said, whether it goes alone or in a set: an adapter may have a shorter way for one. */
import { describe, expect, it } from 'vitest';
import type { NewCommand } from '../model/command-record.ts';
import { newId } from '../model/new-id.ts';
import { commands, longMs } from './builders.ts';
import { openWith, receiveAll } from './scenario.ts';
import type { OpenSubject } from './subject.ts';

export function commandAcceptAloneSuite(name: string, open: OpenSubject): void {
	describe(`${name}: accepting a command alone`, () => {
		it.each<[what: string, said: Partial<NewCommand>]>([
			['nothing but what it must', { replyTo: undefined }],
			[
				'everything',
				{
					causationId: newId(),
					headers: { tenant: 'north' },
					maxAttempts: 7,
					backoff: { kind: 'fixed', delaysSeconds: [5] },
					wantsNotices: true,
					delaySeconds: 60,
				},
			],
		])('A1 stores it as one of a set: with %s', async (_what, said) => {
			const subject = await openWith(open);
			const all = commands(3, { correlationId: newId(), ...said });

			await subject.backend.commands.accept(all.slice(0, 1));
			await subject.backend.commands.accept(all.slice(1));

			const atOnce = await receiveAll(subject);
			expect(atOnce).toHaveLength(said.delaySeconds === undefined ? 3 : 0);
			await subject.elapse(longMs);
			const itsOwn = { commandId: '', messageId: '', lease: {}, createdAt: 0, updatedAt: 0, receivedAt: 0 };
			const received = (await receiveAll(subject)).map((one) => ({ ...one, ...itsOwn }));
			expect(received).toEqual([received[0], received[0], received[0]]);
			const records = await subject.backend.queries.getMany(all);
			expect(records.map((one) => ({ ...one, ...itsOwn }))).toEqual(records.map(() => ({ ...records[0], ...itsOwn })));
		});
	});
}
