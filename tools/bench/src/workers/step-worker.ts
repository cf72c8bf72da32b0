/** One worker process for the steps; ends when its parent does. */
import { createHandlers, createWorker } from '@cb/core';
import { createPgBackend } from '@cb/pg';
import { Step } from './three-steps.ts';

const [url] = process.argv.slice(2);
if (url === undefined) throw new Error('Pass a database.');
const backend = createPgBackend({ connection: url });
const worker = createWorker({
	backend,
	domain: 'bench',
	concurrency: 100,
	handlers: createHandlers().on(Step, () => Promise.resolve()),
});
await worker.start();
process.send?.('ready');
process.on('disconnect', () => {
	process.exit();
});
