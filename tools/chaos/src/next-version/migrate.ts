/** What is run once before a roll-out: `node … migrate.ts postgres://…`. Repeated while the workers' transactions are in its way. */
import { isCommandBusError } from '@cb/core';
import { migrate } from '@cb/pg';
import { pause } from '../waiting.ts';

const againAfterMs = 200;

for (const [, , url = ''] = process.argv; ;) {
	try {
		const { applied } = await migrate(url);
		process.stdout.write(JSON.stringify(applied));
		break;
	} catch (error) {
		if (!isCommandBusError(error, 'store') || !error.isRetryable) throw error;
		process.stderr.write(`again, because of: ${error.message}\n`);
		await pause(againAfterMs);
	}
}
