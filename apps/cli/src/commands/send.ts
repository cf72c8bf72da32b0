/** `cb send`: put one command into a domain, and wait for its outcome if asked. */
import type { Command } from 'commander';
import type { CommandBus, CommandOutcome, JsonValue, Receipt } from '@cb/core';
import type { Context } from '../context.ts';
import { examples } from '../examples.ts';
import { exitCodes } from '../exit-code.ts';
import { describeFailure } from '../failure.ts';
import { jsonForms, readJson } from '../flags/json-input.ts';
import { spanInSeconds, wholeNumber } from '../flags/number.ts';
import type { Execute, Result } from '../result.ts';
import { jsonBlock, record } from '../view/record.ts';
import type { Field } from '../view/record.ts';
import { statusPaint } from '../view/status.ts';

const defaultWaitSeconds = 30;

interface SendFlags {
	readonly data: string;
	readonly id?: string | undefined;
	readonly correlation?: string | undefined;
	readonly causation?: string | undefined;
	readonly replyTo?: string | undefined;
	readonly delay?: number | undefined;
	readonly maxAttempts?: number | undefined;
	readonly returnExisting?: true | undefined;
	readonly wait?: number | true | undefined;
}

export function addSend(program: Command, execute: Execute): void {
	program
		.command('send')
		.argument('<domain>', 'whose workers handle it')
		.argument('<type>', 'the command type, for instance DebitAccount')
		.description('Send a command; its payload is not checked here, the schema is known to its handler')
		.requiredOption('--data <json>', `the payload: ${jsonForms}`)
		.option('--id <uuid>', 'command id of yours: a repeat is refused instead of doubled')
		.option('--correlation <uuid>', 'correlation id (else a new one)')
		.option('--causation <uuid>', 'id of what caused this command')
		.option('--reply-to <queue>', 'queue that gets the reply; it must exist')
		.option('--delay <span>', 'not before so long from now: 30, 15m, 2h', spanInSeconds)
		.option('--max-attempts <n>', 'park it after so many failed attempts', wholeNumber({ from: 1, to: 1_000 }))
		.option('--return-existing', 'with an id that exists: show that command instead of failing')
		.option(
			'--wait [span]',
			`wait until it has ended or is parked (else ${String(defaultWaitSeconds)}s at most)`,
			(text: string) => spanInSeconds(text),
		)
		.addHelpText(
			'after',
			examples(
				`cb send payments DebitAccount --data '{"account":"A-1","cents":500}'`,
				'cb send payments DebitAccount --data @debit.json --wait 10s',
				`jq '.debit' order.json | cb send payments DebitAccount --data - --json`,
			),
		)
		.action((domain: string, type: string, flags: SendFlags) =>
			execute((context) => send(context, { domain, type }, flags)),
		);
}

async function send(
	context: Context,
	{ domain, type }: { readonly domain: string; readonly type: string },
	flags: SendFlags,
): Promise<Result> {
	const data = await readJson(context, '--data', flags.data);
	const [backend, { createCommandBus, defineCommand }] = await Promise.all([context.backend(), import('@cb/core')]);
	const bus = createCommandBus(backend);
	try {
		const definition = defineCommand({ domain, type, data: anything });
		const receipt = await bus.send(definition, data, {
			commandId: flags.id,
			correlationId: flags.correlation,
			causationId: flags.causation,
			replyTo: flags.replyTo,
			delaySeconds: flags.delay,
			retry: flags.maxAttempts === undefined ? undefined : { maxAttempts: flags.maxAttempts },
			onDuplicate: flags.returnExisting === true ? 'return-existing' : 'refuse',
		});
		if (flags.wait === undefined) return sentResult(receipt);
		return await waited(context, bus, { receipt, seconds: flags.wait === true ? defaultWaitSeconds : flags.wait });
	} finally {
		await bus.close();
	}
}

/** What was sent is told in every case: a wait that ends early is no reason to lose the id. */
async function waited(
	{ output, signal }: Context,
	bus: CommandBus,
	{ receipt, seconds }: { readonly receipt: Receipt; readonly seconds: number },
): Promise<Result> {
	if (!output.isJson) output.note(`Sent ${receipt.commandId}, waiting …`);
	try {
		return outcomeResult(receipt, await bus.waitFor(receipt, { timeoutMs: seconds * 1_000, signal, until: 'settled' }));
	} catch (error) {
		const { code, message } = await describeFailure(error);
		if (code !== 'wait-timed-out' && !signal.aborted) throw error;
		return {
			...sentResult(receipt),
			data: { ...receipt, outcome: null },
			text: (screen) => record(screen, [...receiptFields(receipt), ['Outcome', `not known: ${message}`]]),
			exitCode: exitCodes.timedOut,
		};
	}
}

/** A schema that lets everything through: what a payload must look like is known to the handler. */
const anything = {
	'~standard': { version: 1, vendor: 'cb', validate: (value: unknown) => ({ value }) },
} as const;

function sentResult(receipt: Receipt): Result {
	return {
		data: receipt,
		text: (screen) => record(screen, receiptFields(receipt)),
		hints: [`Look at it: cb command show ${receipt.domain} ${receipt.commandId}`],
	};
}

function outcomeResult(receipt: Receipt, { status, result, error }: CommandOutcome): Result {
	return {
		data: { ...receipt, outcome: { status, result, error } },
		text: (screen) =>
			record(screen, [
				...receiptFields(receipt),
				['Status', status, statusPaint(screen, status)],
				...(status === 'COMPLETED' ? [resultField(result)] : []),
				['Error', error === null ? undefined : `${error.code}: ${error.message}`],
			]),
		exitCode: status === 'COMPLETED' ? exitCodes.ok : exitCodes.notDone,
	};
}

function receiptFields({ domain, commandId, correlationId, isDuplicate }: Receipt): readonly Field[] {
	return [
		['Domain', domain],
		['Command', isDuplicate ? `${commandId} (existed already; nothing was sent)` : commandId],
		['Correlation', correlationId],
	];
}

function resultField(result: JsonValue): Field {
	return ['Result', jsonBlock(result)];
}
