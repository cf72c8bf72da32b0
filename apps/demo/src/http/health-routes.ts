/** Probes. Live: the process answers. Ready: its workers work commands off. */
import { OpenAPIHono, createRoute, z } from '@hono/zod-openapi';
import type { WorkerHealth } from '@cb/core';

/** What the probes ask. */
export interface HealthSource {
	/** Of every worker in this process. */
	workers(): readonly WorkerHealth[];
}

const ComponentSchema = z.object({
	name: z.string(),
	state: z.string(),
	isReady: z.boolean(),
	reasons: z.array(z.string()),
	inFlight: z.int().optional(),
	consecutiveFailures: z.int().optional(),
	isListening: z.boolean().optional(),
});

const HealthSchema = z
	.object({ status: z.enum(['ok', 'unavailable']), components: z.array(ComponentSchema) })
	.openapi('Health');

const content = { 'application/json': { schema: HealthSchema } };

const live = createRoute({
	method: 'get',
	path: '/health/live',
	summary: 'Liveness',
	responses: { 200: { content, description: 'Live.' }, 503: { content, description: 'A worker stopped for good.' } },
});

const ready = createRoute({
	method: 'get',
	path: '/health/ready',
	summary: 'Readiness',
	responses: { 200: { content, description: 'Ready.' }, 503: { content, description: 'Not ready; says why.' } },
});

export function healthRoutes(source: HealthSource): OpenAPIHono {
	const app = new OpenAPIHono();
	app.openapi(live, (context) => {
		const workers = source.workers();
		const isLive = workers.every((worker) => worker.isLive);
		return context.json({ status: statusOf(isLive), components: workers.map(componentOf) }, isLive ? 200 : 503);
	});
	app.openapi(ready, (context) => {
		const workers = source.workers();
		const isReady = workers.every((worker) => worker.isReady);
		return context.json({ status: statusOf(isReady), components: workers.map(componentOf) }, isReady ? 200 : 503);
	});
	return app;
}

function statusOf(isFine: boolean): 'ok' | 'unavailable' {
	return isFine ? 'ok' : 'unavailable';
}

function componentOf(health: WorkerHealth): z.output<typeof ComponentSchema> {
	const { domain, state, isReady, reasons, inFlight, consecutiveFailures, isListening } = health;
	return {
		name: `worker of ${domain}`,
		state,
		isReady,
		reasons: [...reasons],
		inFlight,
		consecutiveFailures,
		isListening,
	};
}
