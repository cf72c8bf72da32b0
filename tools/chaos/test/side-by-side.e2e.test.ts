/**
 * Faults that stay within one crew and its database, side by side on one server. Nothing is lost, doubled or stuck, and nobody goes by himself: what
 * the database says is compared with a ledger of every send, handler call and operator's act that knows nothing of it (src/checks).
 */
import { afterAll, beforeAll, describe, it } from 'vitest';
import { backendKill } from '../src/scenarios/backend-kill.ts';
import { clock } from '../src/scenarios/clock.ts';
import { operators } from '../src/scenarios/operators.ts';
import { partition, partitionListen } from '../src/scenarios/partition.ts';
import { poison } from '../src/scenarios/poison.ts';
import { stall } from '../src/scenarios/stall.ts';
import { workerKill } from '../src/scenarios/worker-kill.ts';
import { expectInvariants, openGround } from './short-form.ts';
import type { Ground } from './short-form.ts';

const timeoutMs = 300_000;

let ground: Ground;

beforeAll(async () => {
	ground = await openGround({ max_connections: 400 });
});

afterAll(async () => {
	await ground.server.close();
});

describe.concurrent(
	'under load, with the effects of every fault checked against the ledgers',
	{ timeout: timeoutMs },
	() => {
		it('S10 F9 D10 every connection is terminated every second for 30 s', async ({ expect }) => {
			await expectInvariants(expect, { ground, scenario: backendKill, seconds: 30 });
		});

		it('F9 D10 networks break, lose, hold up, delay, half-close and refuse', async ({ expect }) => {
			await expectInvariants(expect, { ground, scenario: partition, seconds: 12 });
		});

		it('S4 F4 F9 networks do so to LISTEN alone: polling goes on, and LISTEN comes back', async ({ expect }) => {
			await expectInvariants(expect, { ground, scenario: partitionListen, seconds: 8 });
		});

		it('S6 D4 D5 D6 C13 workers and routers stand still for longer than their leases', async ({ expect }) => {
			await expectInvariants(expect, { ground, scenario: stall, seconds: 7 });
		});

		it('S1 S2 S7 F13 D9 P18 M11 processes are killed with work in their hands', async ({ expect }) => {
			await expectInvariants(expect, { ground, scenario: workerKill, seconds: 6 });
		});

		it('C14 D4 clocks of workers and a router are an hour off, or jump', async ({ expect }) => {
			await expectInvariants(expect, { ground, scenario: clock, seconds: 4 });
		});

		it('C4 C5 C6 C7 C8 C11 O1 O2 O5 O6 malformed, oversized, foreign and doubled messages are on every queue', async ({
			expect,
		}) => {
			await expectInvariants(expect, { ground, scenario: poison, seconds: 4 });
		});

		it('M1 M4 M7 M8 J8 O8 twenty operators act on the same parked commands, singly and in bulk', async ({ expect }) => {
			await expectInvariants(expect, { ground, scenario: operators, seconds: 5 });
		});
	},
);
