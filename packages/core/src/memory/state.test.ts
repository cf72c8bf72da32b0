import { describe, expect, it } from 'vitest';
import { isCommandBusError } from '../errors.ts';
import { aCommand, aReceive, domain } from '../conformance/builders.ts';
import { openWith, receiveAll } from '../conformance/scenario.ts';
import type { OpenSubject } from '../conformance/subject.ts';
import { createInMemoryBackend } from './backend.ts';
import { createManualClock } from './manual-clock.ts';
import { createInMemorySubject } from './subject.ts';

const open: OpenSubject = () => Promise.resolve(createInMemorySubject());

describe('transactions of the in-memory store', () => {
	it('refuse the second of two that wait for each other, as retryable', async () => {
		const subject = createInMemorySubject();
		const { backend } = subject;
		await backend.domains.create(domain);
		const [one, two] = [aCommand(), aCommand()];
		const holdsOne = Promise.withResolvers<undefined>();
		const holdsTwo = Promise.withResolvers<undefined>();

		const results = await Promise.allSettled([
			subject.transaction(async (tx) => {
				await backend.commands.accept([one], tx);
				holdsOne.resolve(undefined);
				await holdsTwo.promise;
				return backend.commands.accept([two], tx);
			}),
			subject.transaction(async (tx) => {
				await backend.commands.accept([two], tx);
				holdsTwo.resolve(undefined);
				await holdsOne.promise;
				return backend.commands.accept([one], tx);
			}),
		]);

		expect(results.find(({ status }) => status === 'fulfilled')).toMatchObject({ value: [{ kind: 'accepted' }] });
		const refused = results.find(({ status }) => status === 'rejected');
		expect(refused).toMatchObject({ reason: { code: 'store', reason: 'deadlock', isRetryable: true } });
	});

	it('refuse to be used after their end', async () => {
		const subject = createInMemorySubject();
		const { backend } = subject;
		await backend.domains.create(domain);
		const ended = await subject.transaction((tx) => Promise.resolve(tx));

		const error: unknown = await backend.commands.accept([aCommand()], ended).catch((thrown: unknown) => thrown);

		expect(isCommandBusError(error, 'store')).toBe(true);
	});

	it('hand out messages in order of their ids, also when an older one is committed later', async () => {
		const subject = await openWith(open);
		const [older, newer] = [aCommand(), aCommand()];

		await subject.transaction(async (tx) => {
			await subject.backend.commands.accept([older], tx);
			await subject.backend.commands.accept([newer]);
		});

		const received = await receiveAll(subject);
		expect(received.map(({ commandId }) => commandId)).toEqual([older.commandId, newer.commandId]);
	});
});

describe('the in-memory backend', () => {
	it('runs on the clock it is given', async () => {
		const clock = createManualClock(5_000);

		const backend = createInMemoryBackend({ clock });
		await backend.domains.create(domain);

		expect(backend.clock).toBe(clock);
		expect((await backend.domains.list())[0]?.createdAt).toEqual(new Date(5_000));
	});

	it('does not share objects with its callers', async () => {
		const { backend } = createInMemorySubject();
		await backend.domains.create(domain);
		const data = { list: [1] };
		const command = aCommand({ data });

		await backend.commands.accept([command]);
		data.list.push(2);

		const { commands } = await backend.commands.receive(aReceive());
		expect(commands[0]?.data).toEqual({ list: [1] });
	});
});
