/**
 * Faults that stay within one crew and its database, each on processes of its own under load, on one server at the same time. Every handler call and
 * send is compared with a ledger that knows nothing of the database (src/checks).
 */
import { afterAll, beforeAll, describe, it } from 'vitest';
import { expectInvariants, openGround, runShortForm, type Ground } from './short-form.ts';

let ground: Ground;

beforeAll(async () => {
	ground = await openGround({ max_connections: 400 });
});

afterAll(async () => {
	await ground.server.close();
});

const secondsOf = {
	'S10 F9 D10 every connection is terminated every second for 30 s: nothing lost, nothing doubled': [
		'backend-kill',
		30,
	],
	'F9 D10 S6 networks break, lose, hold up, delay, half-close and refuse between processes and database': [
		'partition',
		12,
	],
	'S4 F4 F9 networks do the same to LISTEN alone: polling goes on, and LISTEN comes back': ['partition-listen', 8],
	'S6 D4 D5 D6 workers and a router stand still for longer than their leases, and change nothing afterwards': [
		'stall',
		7,
	],
	'S1 S2 S7 F13 D9 P18 M11 workers, routers, operators and senders are killed with work in their hands': [
		'worker-kill',
		6,
	],
	'C14 D4 workers and a router whose clocks are an hour off or jump': ['clock', 4],
	'C4 C5 C6 C7 C8 C11 O1 O2 O5 O6 malformed, oversized, foreign and doubled messages on every queue': ['poison', 4],
	'M1 J8 M4 M7 M8 O8 P18 twenty operators act on the same parked commands, singly and in bulk': ['operators', 5],
} as const;

describe.concurrent('nothing lost, nothing doubled, nothing stuck, nobody gone', () => {
	for (const [promise, [name, seconds]] of Object.entries(secondsOf)) {
		it(promise, async ({ expect }) => {
			const result = await runShortForm(name, seconds, ground);

			expectInvariants(expect, result);
		});
	}
});
