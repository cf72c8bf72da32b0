/** PostgreSQL against the reference model. */
import { freshDatabase } from '@cb/test-postgres/vitest';
import { it } from 'vitest';
import { commandHappenings } from './model/happenings.ts';
import { openPgStages } from './model/pg-stage.ts';
import { expectAgreement } from './model/run.ts';

const open = await openPgStages(await freshDatabase());

it(
	'R6 on PostgreSQL, commands do what the model says, whatever senders, workers and operators do',
	{ timeout: 300_000 },
	async () => {
		await expectAgreement({ open, happenings: commandHappenings, runs: 60, maxLength: 40 });
	},
);
