/** Our full life cycle: one worker process with a handler that does nothing, at its defaults but for the concurrency. */
import { createHandlers, createWorker } from '@cb/core';
import { createPgBackend } from '@cb/pg';
import { runDrain } from '../child.ts';
import { Noop } from '../noop-command.ts';

const [url, count] = process.argv.slice(2);
if (url === undefined) throw new Error('Pass a database.');
const backend = createPgBackend({ connection: url });
let left = Number(count);
let finish: () => void = () => undefined;
const finished = new Promise<void>((resolve) => {
	finish = resolve;
});
const handlers = createHandlers().on(Noop, () => Promise.resolve());
const worker = createWorker({
	backend,
	domain: 'bench',
	handlers,
	concurrency: 100,
	telemetry: {
		emit(event) {
			if (event.kind !== 'commands-settled') return;
			left -= event.count;
			if (left <= 0) finish();
		},
	},
});

await runDrain(async () => {
	await worker.start();
	await finished;
});
await worker.stop();
await backend.close();
