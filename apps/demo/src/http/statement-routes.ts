/** The finished statement of a report, as its process knows it. */
import { OpenAPIHono, createRoute, z } from '@hono/zod-openapi';
import type { ProcessManager } from '@cb/process';
import type { Queryable } from '@cb/pg';
import type { StatementFiles } from '../reporting/statement-files.ts';
import { ProblemError, problemContent } from './problem.ts';
import { validationHook } from './validation-hook.ts';

const contentTypes = { csv: 'text/csv; charset=utf-8', html: 'text/html; charset=utf-8' } as const;

const show = createRoute({
	method: 'get',
	path: '/reports/{processId}/statement.{format}',
	summary: 'Fetch the statement of a finished report',
	request: { params: z.object({ processId: z.uuid(), format: z.enum(['csv', 'html']) }) },
	responses: {
		200: {
			content: { 'text/csv': { schema: z.string() }, 'text/html': { schema: z.string() } },
			description: 'The statement.',
		},
		404: { content: problemContent, description: 'There is no such report, or it has no statement.' },
	},
});

const RenderedSchema = z.object({ files: z.array(z.string()) });

export function statementRoutes(processes: ProcessManager<Queryable>, { rendered }: StatementFiles): OpenAPIHono {
	const app = new OpenAPIHono({ defaultHook: validationHook });
	// The router of hono knows no dot between two parameters: the whole last part is one.
	app.get('/reports/:processId/:file', async (context) => {
		const [name, format] = context.req.param('file').split('.');
		const params = show.request.params.safeParse({ processId: context.req.param('processId'), format });
		if (name !== 'statement' || !params.success) throw noStatement();
		const loaded = await processes.get(params.data.processId);
		const state = RenderedSchema.safeParse(loaded?.process.state);
		const file = state.data?.files.find((candidate) => candidate.endsWith(`.${params.data.format}`));
		const text = file === undefined ? undefined : await rendered.read(file);
		if (text === undefined) throw noStatement();
		return context.body(text, 200, { 'content-type': contentTypes[params.data.format] });
	});
	app.openAPIRegistry.registerPath(show);
	return app;
}

function noStatement(): ProblemError {
	return new ProblemError({ status: 404, code: 'statement-not-found', title: 'There is no such statement.' });
}
