/** `cb tsq retry|amend|cancel|complete`: what an operator does to one parked command, to several, or to all that match. */
import type { Command } from 'commander';
import type { BulkAction } from '@cb/core';
import type { Context } from '../context.ts';
import { examples } from '../examples.ts';
import { operatorFlag, withActFlags } from '../flags/act.ts';
import type { ActFlags } from '../flags/act.ts';
import { jsonForms, readJson } from '../flags/json-input.ts';
import { wholeNumber } from '../flags/number.ts';
import type { Execute, Result } from '../result.ts';
import { actOn } from '../tsq/act.ts';
import { amend } from '../tsq/amend.ts';
import type { AmendFlags } from '../tsq/amend.ts';
import { targetOf } from '../tsq/target.ts';

const domainArgument = ['[domain]', 'of the commands that are named'] as const;
const idsArgument = ['[id...]', 'command ids; without any, filters say which'] as const;
const checkingFlag = [
	'--definitions <path.js>',
	"module with definitions to check against (else the demo's, on the demo's database)",
] as const;
const id = '019af3a2-5b1c-7e2d-8f00-3c1d5e7a9b10';

export function addActs(tsq: Command, execute: Execute): void {
	addRetry(tsq, execute);
	addAmend(tsq, execute);
	addCancel(tsq, execute);
	addComplete(tsq, execute);
}

interface RetryFlags extends ActFlags {
	readonly reason?: string | undefined;
	readonly keepAttempts?: true | undefined;
}

function addRetry(tsq: Command, execute: Execute): void {
	withActFlags(
		tsq
			.command('retry')
			.argument(...domainArgument)
			.argument(...idsArgument),
	)
		.description('Send parked commands again, word for word, as their next generation')
		.option('--reason <text>', 'why; stands in the audit')
		.option('--keep-attempts', 'go on counting attempts instead of beginning at 0')
		.addHelpText(
			'after',
			examples(
				`cb tsq retry payments ${id}`,
				'cb tsq retry --domain payments --fingerprint 5b1c7e2d8f003c1d --reason "ledger is back"',
				'cb tsq retry --all --yes --operator night-shift',
			),
		)
		.action((domain: string | undefined, ids: readonly string[], flags: RetryFlags) =>
			execute((context) => {
				const { reason, keepAttempts } = flags;
				return act(context, { domain, ids, flags }, { action: 'retry', reason, keepAttempts });
			}),
		);
}

interface CancelFlags extends ActFlags {
	readonly reason: string;
	readonly suppressReply?: true | undefined;
}

function addCancel(tsq: Command, execute: Execute): void {
	withActFlags(
		tsq
			.command('cancel')
			.argument(...domainArgument)
			.argument(...idsArgument),
	)
		.description('End parked commands as CANCELED; their senders get a CANCELED reply')
		.requiredOption('--reason <text>', 'why; stands in the audit and in the reply')
		.option('--suppress-reply', 'without a reply, for instance because its queue is gone')
		.addHelpText(
			'after',
			examples(
				`cb tsq cancel payments ${id} --reason "account was closed"`,
				'cb tsq cancel --domain payments --code ACCOUNT_CLOSED --reason "account was closed"',
			),
		)
		.action((domain: string | undefined, ids: readonly string[], flags: CancelFlags) =>
			execute((context) => {
				const { reason, suppressReply } = flags;
				return act(context, { domain, ids, flags }, { action: 'cancel', reason, suppressReply });
			}),
		);
}

interface CompleteFlags extends ActFlags {
	readonly reason?: string | undefined;
	readonly result?: string | undefined;
	readonly suppressReply?: true | undefined;
}

function addComplete(tsq: Command, execute: Execute): void {
	withActFlags(
		tsq
			.command('complete')
			.argument(...domainArgument)
			.argument(...idsArgument),
	)
		.description('End parked commands as COMPLETED; their senders get a SUCCESS reply with the result')
		.option('--result <json>', `what the sender gets: ${jsonForms} (else null)`)
		.option('--reason <text>', 'why; stands in the audit')
		.option('--suppress-reply', 'without a reply, for instance because its queue is gone')
		.option(...checkingFlag)
		.addHelpText(
			'after',
			examples(
				`cb tsq complete payments ${id} --result '{"bookedBy":"hand"}' --reason "booked by hand"`,
				`cb tsq complete payments ${id} --result @result.json`,
			),
		)
		.action((domain: string | undefined, ids: readonly string[], flags: CompleteFlags) =>
			execute(async (context) => {
				const { reason, suppressReply } = flags;
				const result = flags.result === undefined ? undefined : await readJson(context, '--result', flags.result);
				return act(context, { domain, ids, flags }, { action: 'complete', reason, suppressReply, result });
			}),
		);
}

function addAmend(tsq: Command, execute: Execute): void {
	tsq
		.command('amend')
		.argument('<domain>', 'of the command')
		.argument('<id>', 'command id')
		.description('Retry one parked command with a changed payload; the original stays readable')
		.option('--data <json>', `the whole new payload: ${jsonForms}`)
		.option('--patch <json>', `the changes as JSON Patch (RFC 6902): ${jsonForms}`)
		.requiredOption('--reason <text>', 'why; stands in the audit')
		.option(...operatorFlag)
		.option('--keep-attempts', 'go on counting attempts instead of beginning at 0')
		.option('--expected-version <n>', 'only while it is at this version', wholeNumber({ from: 0, to: 2_147_483_647 }))
		.option('--request-id <id>', 'a repeat with the same id changes nothing')
		.option(...checkingFlag)
		.addHelpText(
			'after',
			examples(
				`cb tsq amend payments ${id} --patch '[{"op":"replace","path":"/cents","value":500}]' --reason "typo"`,
				`cb tsq show payments ${id} --json | jq .item.payload > p.json; vi p.json`,
				`cb tsq amend payments ${id} --data @p.json --reason "typo"`,
			),
		)
		.action((domain: string, commandId: string, flags: AmendFlags) =>
			execute((context) => amend(context, { domain, commandId }, flags)),
		);
}

interface ActWords {
	readonly domain: string | undefined;
	readonly ids: readonly string[];
	readonly flags: ActFlags;
}

function act(context: Context, { domain, ids, flags }: ActWords, action: BulkAction): Promise<Result> {
	const target = targetOf(domain, ids, flags);
	return actOn(context, target, { action, operator: context.operator(flags.operator), flags });
}
