/** `/metrics` for Prometheus, and a span around every other request, continuing the caller's trace. */
import { OpenAPIHono } from '@hono/zod-openapi';
import { SpanKind, SpanStatusCode, context as active, propagation, trace } from '@opentelemetry/api';
import type { Tracer } from '@opentelemetry/api';
import { routePath } from 'hono/route';
import type { Observability } from '../observability/open-observability.ts';

type Middleware = Parameters<OpenAPIHono['use']>[1];

/** To be mounted before the routes whose requests it traces; what it answers itself is not traced. */
export function observabilityRoutes(observability: Observability): OpenAPIHono {
	const app = new OpenAPIHono();
	app.get('/metrics', async (context) =>
		context.text(await observability.metricsText(), 200, {
			'content-type': 'text/plain; version=0.0.4; charset=utf-8',
		}),
	);
	app.use(traceRequests(observability.tracer));
	return app;
}

function traceRequests(tracer: Tracer): Middleware {
	return async (context, next) => {
		const { method, path } = context.req;
		if (path.startsWith('/health/')) {
			await next();
			return;
		}
		const parent = propagation.extract(active.active(), context.req.header());
		const attributes = { 'http.request.method': method, 'url.path': path };
		const span = tracer.startSpan(method, { kind: SpanKind.SERVER, attributes }, parent);
		await active.with(trace.setSpan(parent, span), next);
		const route = routePath(context, -1);
		const { status } = context.res;
		span.updateName(`${method} ${route}`);
		span.setAttributes({ 'http.route': route, 'http.response.status_code': status });
		if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
		span.end();
	};
}
