/** The HTTP surface of the service: routes, their description, and how errors look. */
import { OpenAPIHono } from '@hono/zod-openapi';
import type { HttpHandler } from '@cb/ops/http';
import { bodyLimit } from 'hono/body-limit';
import { HTTPException } from 'hono/http-exception';
import type { ProcessManager } from '@cb/process';
import type { Queryable } from '@cb/pg';
import type { Logger } from 'pino';
import type { Observability } from '../observability/open-observability.ts';
import type { StatementFiles } from '../reporting/statement-files.ts';
import type { OperatorTable } from '../operating/operators.ts';
import { troubleshootingPath } from '../operating/troubleshooting.ts';
import { accountRoutes } from './account-routes.ts';
import { batchRoutes } from './batch-routes.ts';
import { docsPage } from './docs-page.ts';
import { changesOnlyBy, onlyJson, ownSiteOnly, withSecureHeaders } from './guards.ts';
import { healthRoutes } from './health-routes.ts';
import type { HealthSource } from './health-routes.ts';
import { observabilityRoutes } from './observability-routes.ts';
import { problemOf, problemResponse } from './problem.ts';
import { processRoutes } from './process-routes.ts';
import { statementRoutes } from './statement-routes.ts';
import { transferRoutes } from './transfer-routes.ts';
import type { TransferRoutesOptions } from './transfer-routes.ts';

export interface HttpAppOptions extends TransferRoutesOptions {
	readonly health: HealthSource;
	readonly processes: ProcessManager<Queryable>;
	readonly files: StatementFiles;
	/** Answers everything below `troubleshootingPath` by itself. */
	readonly troubleshooting: HttpHandler;
	/** Who may change something. */
	readonly operators: OperatorTable;
	readonly logger: Logger;
	/** Without it there are no metrics and no traces. */
	readonly observability?: Observability | undefined;
}

const maxBodyBytes = 16 * 1024;

export function createHttpApp(options: HttpAppOptions): OpenAPIHono {
	const { logger, health, database, troubleshooting, processes, files, observability, operators } = options;
	const app = new OpenAPIHono();
	app.use(withSecureHeaders);
	app.onError((error) => (error instanceof HTTPException ? refused(error) : problemOf(error, logger)));
	app.notFound((context) =>
		problemResponse({ status: 404, code: 'not-found', title: `There is nothing at ${context.req.path}.` }),
	);
	if (observability !== undefined) app.route('/', observabilityRoutes(observability));
	app.all(`${troubleshootingPath}/*`, (context) => troubleshooting(context.req.raw));
	app.use(ownSiteOnly, changesOnlyBy(operators, 'operator'));
	app.use(
		bodyLimit({
			maxSize: maxBodyBytes,
			onError: () =>
				problemResponse({
					status: 413,
					code: 'body-too-large',
					title: `A body has at most ${String(maxBodyBytes)} bytes.`,
				}),
		}),
	);
	app.use(async (context, next) => {
		const startedAt = performance.now();
		await next();
		const { method, path } = context.req;
		const durationMs = Math.round(performance.now() - startedAt);
		logger.debug({ method, path, status: context.res.status, durationMs }, 'request');
	});
	for (const path of ['/transfers', '/batches', '/reports', '/orders']) app.use(path, onlyJson);
	app.route('/', transferRoutes(options));
	app.route('/', batchRoutes(options));
	app.route('/', accountRoutes(database));
	app.route('/', processRoutes(processes));
	app.route('/', statementRoutes(processes, files));
	app.route('/', healthRoutes(health));
	app.doc31('/openapi.json', {
		openapi: '3.1.0',
		info: {
			title: 'Payments',
			version: '1.0.0',
			description: 'Transfers, payment orders and reports on a double-entry ledger, run by durable commands.',
		},
	});
	app.get('/', (context) => context.html(docsPage));
	return app;
}

function refused(error: HTTPException): Response {
	const isJson = error.message.toLowerCase().includes('json');
	return problemResponse({
		status: 400,
		code: isJson ? 'malformed-json' : 'bad-request',
		title: isJson ? 'The body is not valid JSON.' : 'The request was refused.',
		detail: error.message,
	});
}
