/** One worker process for the steps. */
import { createHandlers, createWorker } from '@cb/core';
import { createPgBackend } from '@cb/pg';
import { parametersOf, serve } from '../child.ts';
import { Step } from './three-steps.ts';

const { url } = parametersOf() as { readonly url: string };
const backend = createPgBackend({ connection: url });
const worker = createWorker({
	backend,
	domain: 'bench',
	concurrency: 100,
	handlers: createHandlers().on(Step, () => Promise.resolve()),
});
await worker.start();
serve({});
