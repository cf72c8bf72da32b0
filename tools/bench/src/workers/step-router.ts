/** One router process. */
import { createPgBackend } from '@cb/pg';
import { createReplyRouter } from '@cb/process';
import { parametersOf, serve } from '../child.ts';
import { ThreeSteps } from './three-steps.ts';

const { url } = parametersOf() as { readonly url: string };
const backend = createPgBackend({ connection: url });
const router = createReplyRouter({ backend, domain: 'bench', definitions: [ThreeSteps] });
await router.start();
serve({});
