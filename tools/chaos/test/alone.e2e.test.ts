/** Faults of the whole server, one after the other; and all faults that can be combined, at random. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { expectInvariants, openGround, runShortForm, type Ground } from './short-form.ts';

let ground: Ground;

beforeAll(async () => {
	ground = await openGround();
});

afterAll(async () => {
	await ground.server.close();
});

it('S5 F9 others hold every connection of the server, and the crew has to connect anew: nothing lost, nothing doubled', async () => {
	const result = await runShortForm('pool-exhaustion', 5, ground);

	expectInvariants(expect, result);
});

it('everything at random, two faults at a time: nothing lost, nothing doubled, nothing stuck, nobody gone', async () => {
	const result = await runShortForm('everything', 12, ground);

	expectInvariants(expect, result);
});
