import { expect, it } from 'vitest';
import { aReceive, commands, domain } from '../conformance/builders.ts';
import { createManualClock } from './manual-clock.ts';
import { createInMemorySubject } from './subject.ts';

it('takes the time of leases from the clock it is given', async () => {
	const clock = createManualClock(1_000);
	const { backend } = createInMemorySubject(clock);
	await backend.domains.create(domain);
	await backend.commands.acceptAll(commands(1));
	await backend.commands.receive(aReceive({ leaseSeconds: 5 }));

	const { commands: early } = await backend.commands.receive(aReceive());
	await clock.advance(5_000);
	const { commands: late } = await backend.commands.receive(aReceive());

	expect([early.length, late.length]).toEqual([0, 1]);
	expect(late[0]?.receivedAt).toEqual(new Date(6_000));
});
