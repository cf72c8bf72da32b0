/** One router process; ends when its parent does. */
import { createPgBackend } from '@cb/pg';
import { createReplyRouter } from '@cb/process';
import { ThreeSteps } from './three-steps.ts';

const [url] = process.argv.slice(2);
if (url === undefined) throw new Error('Pass a database.');
const backend = createPgBackend({ connection: url });
const router = createReplyRouter({ backend, domain: 'bench', definitions: [ThreeSteps] });
await router.start();
process.send?.('ready');
process.on('disconnect', () => {
	process.exit();
});
