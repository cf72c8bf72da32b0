/** The in-memory adapter against the reference model. */
import { it } from 'vitest';
import { commandHappenings } from './model/happenings.ts';
import { openMemoryStage } from './model/stage.ts';
import { expectAgreement } from './model/run.ts';

it(
	'R6 in memory, commands do what the model says, whatever senders, workers and operators do',
	{ timeout: 120_000 },
	async () => {
		await expectAgreement({ open: openMemoryStage, happenings: commandHappenings, runs: 300, maxLength: 40 });
	},
);
