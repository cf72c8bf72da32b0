/** PostgreSQL against the reference model. */
import { freshDatabase } from '@cb/test-postgres/vitest';
import { it } from 'vitest';
import { commandHappenings, processHappenings } from './model/happenings/sequences.ts';
import { openPgStages } from './model/pg-stage.ts';
import { expectAgreement } from './model/run.ts';
import { timeout } from './model/settings.ts';

const open = await openPgStages(await freshDatabase());

it(
	'A7 A12 B8 B11 B13 B14 C3 C10 C14 D1 D4 D5 D6 D8 E6 E9 E11 H1 J1 J4 J8 K2 K5 L4 M1 M7 R6 on PostgreSQL, commands and batches do what the model says',
	{ timeout },
	async () => {
		await expectAgreement({ open, happenings: commandHappenings, runs: 100, maxLength: 30 });
	},
);

it(
	'N1 N2 N4 N5 O6 O7 O8 O9 P1 P2 P3 P4 P5 P6 P7 P8 P9 P10 P11 P12 P13 P15 on PostgreSQL, processes do what the model says',
	{ timeout },
	async () => {
		await expectAgreement({ open, happenings: processHappenings, runs: 50, maxLength: 50 });
	},
);
