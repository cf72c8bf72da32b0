/** Faults that the whole server feels, one after the other; and all faults that can be combined, at random. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { poolExhaustion } from '../src/scenarios/pool-exhaustion.ts';
import { everything } from '../src/scenarios/index.ts';
import { expectInvariants, openGround } from './short-form.ts';
import type { Ground } from './short-form.ts';

let ground: Ground;

beforeAll(async () => {
	ground = await openGround(everything.serverSettings);
});

afterAll(async () => {
	await ground.server.close();
});

it('S5 F9 others hold every connection of the server, and everybody has to connect anew', async () => {
	await expectInvariants(expect, { ground, scenario: poolExhaustion, seconds: 5 });
});

it('S3 S11 D4 D5 D6 F9 F13 M1 O8 P18 everything at random, two faults at a time', async () => {
	await expectInvariants(expect, { ground, scenario: everything, seconds: 12 });
});
