/** Operators at the same parked commands, each by hand, and one who acts in bulk; and a runner that works bulks off. */
import { createBulkRunner, createTroubleshootingQueue } from '@cb/ops';
import { definitions } from '../load/commands.ts';
import { Actor, actUntil } from './actor.ts';
import { runChild } from './child-program.ts';

await runChild((tools) => {
	const { settings, backend } = tools;
	const queue = createTroubleshootingQueue(backend, { definitions });
	const runner = createBulkRunner({ backend, chunkSize: 5, pollIntervalMs: 100, maxBackoffMs: 500 });
	const stopped = new AbortController();
	let actors: readonly Promise<void>[] = [];
	return {
		async start() {
			await runner.start();
			actors = Array.from({ length: settings.actors }, (_, index) =>
				actUntil(stopped.signal, new Actor(tools, queue, index)),
			);
		},
		health() {
			const { state, reason = '' } = runner.health();
			return { isHealthy: state === 'idle' || state === 'working', says: `${state} ${reason}` };
		},
		async stop() {
			stopped.abort();
			await Promise.all(actors);
			await runner.stop();
		},
	};
});
