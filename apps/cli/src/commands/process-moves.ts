/** `cb process start|retry-step|retry-reply|compensate|cancel`: what changes a process. */
import type { Command } from 'commander';
import type { OverrideReceipt } from '@cb/process';
import type { Context } from '../context.ts';
import { examples } from '../examples.ts';
import { operatorFlag } from '../flags/act.ts';
import type { OperatorFlags } from '../flags/act.ts';
import { jsonForms, readJson } from '../flags/json-input.ts';
import { wholeNumber } from '../flags/number.ts';
import { definitionsFlag } from '../definitions/module.ts';
import type { DefinitionFlags } from '../definitions/module.ts';
import { definitionOf, loadDefinitions } from '../definitions/process-definitions.ts';
import { openProcesses } from '../process/open.ts';
import type { Execute, Result } from '../result.ts';
import { record } from '../view/record.ts';

const id = '019af3a2-5b1c-7e2d-8f00-3c1d5e7a9b10';

export function addProcessMoves(command: Command, execute: Execute): void {
	addStart(command, execute);
	addOverride(command, execute, {
		name: 'retry-step',
		description: "Send the newest step's command again, where no answer can come any more",
		done: 'Step sent again',
		method: 'retryStep',
	});
	addOverride(command, execute, {
		name: 'retry-reply',
		description: "Apply the answer that the newest step's ended command gave; nothing is executed again",
		done: 'Answer applied',
		method: 'retryReply',
	});
	addOverride(command, execute, {
		name: 'compensate',
		description: 'Undo the completed steps now; the open step is not waited for',
		done: 'Compensation started',
		method: 'compensate',
	});
	addOverride(command, execute, {
		name: 'cancel',
		description: 'End a process as CANCELED; nothing is undone',
		done: 'Canceled',
		method: 'cancel',
	});
}

interface StartFlags extends DefinitionFlags {
	readonly input: string;
	readonly key?: string | undefined;
	readonly id?: string | undefined;
}

function addStart(command: Command, execute: Execute): void {
	command
		.command('start')
		.argument('<type>', 'process type')
		.description('Start a process')
		.requiredOption('--input <json>', `what it starts from: ${jsonForms}`)
		.option('--key <key>', 'business key: a repeated start finds the first process')
		.option('--id <uuid>', 'process id of yours')
		.option(...definitionsFlag)
		.addHelpText(
			'after',
			examples(
				`cb process start StatementReport --input '{"account":"A-1"}' --definitions dist/definitions.js`,
				'cb process start StatementReport --input @march.json --key 2026-03/A-1',
			),
		)
		.action((type: string, flags: StartFlags) => execute((context) => start(context, type, flags)));
}

async function start(context: Context, type: string, flags: StartFlags): Promise<Result> {
	const input = await readJson(context, '--input', flags.input);
	const definitions = await loadDefinitions(context, flags);
	const definition = definitionOf(definitions, type);
	const processes = await openProcesses(context, definitions);
	const receipt = await processes.start(definition, input, { businessKey: flags.key, processId: flags.id });
	const existed = receipt.isExisting ? ' (existed already; nothing was started)' : '';
	return {
		data: receipt,
		text: (screen) =>
			record(screen, [
				['Type', type],
				['Process', `${receipt.processId}${existed}`],
			]),
		hints: [`Look at it: cb process show ${receipt.processId} --watch`],
	};
}

interface Override {
	readonly name: string;
	readonly description: string;
	readonly done: string;
	readonly method: 'retryStep' | 'retryReply' | 'compensate' | 'cancel';
}

interface OverrideFlags extends OperatorFlags, DefinitionFlags {
	readonly reason: string;
	readonly expectedVersion?: number | undefined;
}

function addOverride(command: Command, execute: Execute, { name, description, done, method }: Override): void {
	command
		.command(name)
		.argument('<id>', 'process id')
		.description(description)
		.requiredOption('--reason <text>', 'why; stays in the history')
		.option(...operatorFlag)
		.option('--expected-version <n>', 'only while it is at this version', wholeNumber({ from: 0, to: 2_147_483_647 }))
		.option(...definitionsFlag)
		.addHelpText(
			'after',
			examples(`cb process ${name} ${id} --reason "agreed with accounting" --definitions dist/definitions.js`),
		)
		.action((processId: string, flags: OverrideFlags) =>
			execute(async (context) => {
				const { reason, expectedVersion } = flags;
				const operator = context.operator(flags.operator);
				const processes = await openProcesses(context, await loadDefinitions(context, flags));
				const receipt = await processes[method](processId, { operator, reason, expectedVersion });
				return { data: receipt, text: () => overriddenText(receipt, done) };
			}),
		);
}

function overriddenText({ processId, status, version }: OverrideReceipt, done: string): string {
	return `${done}: process ${processId} is ${status}, version ${String(version)}.`;
}
