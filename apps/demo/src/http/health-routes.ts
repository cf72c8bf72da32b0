/** Probes. Live: the process answers. Ready: its workers and routers work what comes in off. */
import { OpenAPIHono, createRoute, z } from '@hono/zod-openapi';
import type { WorkerHealth } from '@cb/core';
import type { RouterHealth } from '@cb/process';

/** What the probes ask. */
export interface HealthSource {
	/** Of every worker and router in this process. */
	readonly components: () => readonly Component[];
}

export type Component =
	| { readonly kind: 'worker'; readonly health: WorkerHealth }
	| { readonly kind: 'router'; readonly health: RouterHealth };

const ComponentSchema = z.object({
	name: z.string(),
	state: z.string(),
	isReady: z.boolean(),
	reasons: z.array(z.string()),
	inFlight: z.int(),
	consecutiveFailures: z.int(),
	isListening: z.boolean(),
});

const HealthSchema = z
	.object({ status: z.enum(['ok', 'unavailable']), components: z.array(ComponentSchema) })
	.openapi('Health');

const content = { 'application/json': { schema: HealthSchema } };

const live = createRoute({
	method: 'get',
	path: '/health/live',
	summary: 'Liveness',
	responses: { 200: { content, description: 'Live.' }, 503: { content, description: 'Something stopped for good.' } },
});

const ready = createRoute({
	method: 'get',
	path: '/health/ready',
	summary: 'Readiness',
	responses: { 200: { content, description: 'Ready.' }, 503: { content, description: 'Not ready; says why.' } },
});

export function healthRoutes({ components }: HealthSource): OpenAPIHono {
	const app = new OpenAPIHono();
	app.openapi(live, (context) => {
		const all = components();
		const isLive = all.every(({ health }) => health.isLive);
		return context.json({ status: statusOf(isLive), components: all.map(shown) }, isLive ? 200 : 503);
	});
	app.openapi(ready, (context) => {
		const all = components();
		const isReady = all.every(({ health }) => health.isReady);
		return context.json({ status: statusOf(isReady), components: all.map(shown) }, isReady ? 200 : 503);
	});
	return app;
}

function statusOf(isFine: boolean): 'ok' | 'unavailable' {
	return isFine ? 'ok' : 'unavailable';
}

function shown({ kind, health }: Component): z.output<typeof ComponentSchema> {
	const { domain, state, isReady, reasons, inFlight, consecutiveFailures, isListening } = health;
	return {
		name: `${kind} of ${domain}`,
		state,
		isReady,
		reasons: [...reasons],
		inFlight,
		consecutiveFailures,
		isListening,
	};
}
