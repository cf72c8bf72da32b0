/** The in-memory adapter against the reference model. */
import { auditEventTypes, batchStatuses, commandStatuses } from '@cb/core';
import { expect, it } from 'vitest';
import { commandHappenings, processHappenings } from './model/happenings/sequences.ts';
import { reachOf } from './model/reach.ts';
import { expectAgreement } from './model/run.ts';
import { timeout } from './model/settings.ts';
import { openMemoryStage } from './model/stage.ts';

const ofCommands = { happenings: commandHappenings, runs: 1_400, maxLength: 30 };
const ofProcesses = { happenings: processHappenings, runs: 600, maxLength: 60 };

it(
	'A7 A12 B8 B11 B13 B14 C3 C10 C14 D1 D4 D5 D6 D8 E6 E9 E11 H1 J1 J4 J8 K2 K5 L4 M1 M7 R6 in memory, commands and batches do what the model says',
	{ timeout },
	async () => {
		await expectAgreement({ open: openMemoryStage, ...ofCommands });
	},
);

it(
	'N1 N2 N4 N5 O6 O7 O8 O9 P1 P2 P3 P4 P5 P6 P7 P8 P9 P10 P11 P12 P13 P15 in memory, processes do what the model says',
	{ timeout },
	async () => {
		await expectAgreement({ open: openMemoryStage, ...ofProcesses });
	},
);

it('random sequences of commands get everywhere', () => {
	const reached = reachOf(commandHappenings, { ...ofCommands, runs: 500 });

	const everything = [...commandStatuses, ...auditEventTypes, ...batchStatuses.map((status) => `batch ${status}`)];
	expect(everything.filter((word) => (reached.get(word) ?? 0) < 5)).toEqual([]);
});

it('random sequences of processes get everywhere', () => {
	const reached = [...reachOf(processHappenings, { ...ofProcesses, runs: 800 }).keys()];

	const statuses = ['WAITING_FOR_REPLY', 'WAITING_FOR_TSQ', 'COMPENSATING', 'COMPLETED', 'COMPENSATED', 'FAILED'];
	const undone = ['STEP_ANSWERED REPAY', 'STEP_ANSWERED UNBOOK', 'STEP_PARKED UNBOOK', 'COMPENSATION_FAILED REPAY'];
	const ignored = ['already-answered', 'already-parked', 'already-resumed', 'earlier-generation', 'process-ended'];
	const everything = [...statuses.map((status) => `process ${status}`), ...undone, ...ignored];
	expect(everything.filter((words) => !reached.some((word) => word.endsWith(words)))).toEqual([]);
});
