/** `cb process graph`: a definition or one process as Mermaid text, for whatever draws it. */
import type { Command } from 'commander';
import { usageError } from '../cli-error.ts';
import type { Context } from '../context.ts';
import { examples } from '../examples.ts';
import { definitionsFlag } from '../definitions/module.ts';
import type { DefinitionFlags } from '../definitions/module.ts';
import { definitionOf, findDefinitions, loadDefinitions } from '../definitions/process-definitions.ts';
import { openProcesses } from '../process/open.ts';
import { findProcess } from '../process/find.ts';
import type { Execute, Result } from '../result.ts';
import { stepsDiagram } from '../view/steps-diagram.ts';

interface GraphFlags extends DefinitionFlags {
	readonly type?: string | undefined;
}

export function addGraph(command: Command, execute: Execute): void {
	command
		.command('graph')
		.argument('[id]', 'process id; without one, --type draws a definition')
		.description('Draw a process, or a definition, as Mermaid text')
		.option('--type <type>', 'the definition of this type, without a process')
		.option(...definitionsFlag)
		.addHelpText(
			'after',
			examples(
				'cb process graph 019af3a2-5b1c-7e2d-8f00-3c1d5e7a9b10',
				'cb process graph --type StatementReport --definitions dist/definitions.js > report.mmd',
			),
		)
		.action((processId: string | undefined, flags: GraphFlags) =>
			execute((context) =>
				processId === undefined ? drawDefinition(context, flags) : drawProcess(context, processId, flags),
			),
		);
}

async function drawDefinition(context: Context, flags: GraphFlags): Promise<Result> {
	const { type } = flags;
	if (type === undefined) {
		throw usageError('It is not said what to draw.', 'Give a process id, or --type <type> for a definition.');
	}
	const [definitions, { processDiagram }] = await Promise.all([loadDefinitions(context, flags), import('@cb/process')]);
	return diagramResult({ processType: type, processId: null }, processDiagram(definitionOf(definitions, type)));
}

async function drawProcess(context: Context, processId: string, flags: GraphFlags): Promise<Result> {
	const loaded = await findProcess(await openProcesses(context), processId);
	const { processType } = loaded.process;
	const definitions = (await findDefinitions(context, flags)) ?? [];
	const definition = definitions.find(({ type }) => type === processType);
	const subject = { processType, processId: loaded.process.processId };
	if (definition !== undefined) {
		const { processDiagram } = await import('@cb/process');
		return diagramResult(subject, processDiagram(definition, loaded));
	}
	return {
		...diagramResult(subject, stepsDiagram(loaded)),
		hints: ['Drawn from its steps alone; with --definitions <path.js> the whole definition is drawn.'],
	};
}

function diagramResult(
	subject: { readonly processType: string; readonly processId: string | null },
	mermaid: string,
): Result {
	return { data: { ...subject, mermaid }, text: () => mermaid.trimEnd() };
}
