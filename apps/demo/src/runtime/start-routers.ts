/** Starts what moves the processes on when their commands are answered: one router per domain that has processes. */
import { createReplyRouter } from '@cb/process';
import type { ReplyRouter } from '@cb/process';
import { processDefinitions } from '../processes/catalogue.ts';
import type { Closings } from './closings.ts';
import type { Engine } from './engine.ts';

export async function startRouters(engine: Engine, closings: Closings): Promise<readonly ReplyRouter[]> {
	const { backend, telemetry, logger, config } = engine;
	const { leaseSeconds, unhealthyAfterMs } = config.worker;
	const domains = [...new Set(processDefinitions.map(({ domain }) => domain))];
	const routers = domains.map((domain) =>
		createReplyRouter({
			backend,
			domain,
			definitions: processDefinitions.filter((definition) => definition.domain === domain),
			leaseSeconds,
			unhealthyAfterMs,
			telemetry,
			logger,
		}),
	);
	closings.add('reply routers', () => Promise.all(routers.map((router) => router.stop())));
	await Promise.all(routers.map((router) => router.start()));
	return routers;
}
