/** `cb command`: look at commands, and take one back. */
import type { Command } from 'commander';
import type { CommandBus, CommandFilter, CommandStatus } from '@cb/core';
import type { Context } from '../context.ts';
import { examples } from '../examples.ts';
import { oneOf } from '../flags/choice.ts';
import { moment } from '../flags/moment.ts';
import { cursorFlag, limitFlag, nextPageHints, offsetFlag } from '../flags/page.ts';
import type { PageFlags } from '../flags/page.ts';
import { commandStatusAliases, commandStatusWords } from '../flags/statuses.ts';
import { watchFlag } from '../flags/watch.ts';
import type { Execute, Result } from '../result.ts';
import { commandTable, commandText } from '../view/command.ts';
import { timeline } from '../view/timeline.ts';
import { auditLine } from '../view/audit.ts';
import { watch } from '../watch.ts';

export function addCommandCommands(program: Command, execute: Execute): void {
	const command = program
		.command('command')
		.description('Look at commands, or take one back')
		.addHelpText(
			'after',
			examples('cb command list --domain payments', 'cb command history payments 019af3a2-5b1c-7e2d-8f00-3c1d5e7a9b10'),
		);
	addList(command, execute);
	command
		.command('show')
		.argument('<domain>', 'of the command')
		.argument('<id>', 'command id')
		.description('Show where a command stands: status, attempts, ids, result or error')
		.addHelpText('after', examples('cb command show payments 019af3a2-5b1c-7e2d-8f00-3c1d5e7a9b10'))
		.action((domain: string, commandId: string) => execute((context) => showCommand(context, { domain, commandId })));
	command
		.command('history')
		.argument('<domain>', 'of the command')
		.argument('<id>', 'command id')
		.description('Show the audit trail of a command, oldest first')
		.addHelpText('after', examples('cb command history payments 019af3a2-5b1c-7e2d-8f00-3c1d5e7a9b10'))
		.action((domain: string, commandId: string) => execute((context) => showHistory(context, { domain, commandId })));
	command
		.command('cancel')
		.argument('<domain>', 'of the command')
		.argument('<id>', 'command id')
		.description('Take back a command that no worker has received yet (parked ones: cb tsq cancel)')
		.option('--reason <text>', 'stands in the audit and in the reply')
		.addHelpText(
			'after',
			examples('cb command cancel payments 019af3a2-5b1c-7e2d-8f00-3c1d5e7a9b10 --reason "sent by mistake"'),
		)
		.action((domain: string, commandId: string, { reason }: { readonly reason?: string }) =>
			execute((context) => cancelCommand(context, { domain, commandId }, reason)),
		);
}

interface ListFlags extends PageFlags {
	readonly status?: CommandStatus | undefined;
	readonly domain?: string | undefined;
	readonly type?: string | undefined;
	readonly batch?: string | undefined;
	readonly correlation?: string | undefined;
	readonly createdFrom?: Date | undefined;
	readonly createdTo?: Date | undefined;
	readonly watch?: number | undefined;
}

function addList(command: Command, execute: Execute): void {
	command
		.command('list')
		.description('List commands, newest first')
		.option(
			'--status <status>',
			`only these: ${commandStatusWords.join(', ')} (or PARKED)`,
			oneOf(commandStatusWords, commandStatusAliases),
		)
		.option('--domain <domain>', 'only of this domain')
		.option('--type <type>', 'only of this command type')
		.option('--batch <uuid>', 'only members of this batch')
		.option('--correlation <uuid>', 'only with this correlation id')
		.option(
			'--created-from <time>',
			'sent then or later: 2026-03-01, 2026-03-01T09:15:00Z, or 2h for two hours ago',
			moment,
		)
		.option('--created-to <time>', 'sent then or earlier', moment)
		.addOption(limitFlag())
		.addOption(cursorFlag())
		.addOption(offsetFlag())
		.addOption(watchFlag())
		.addHelpText(
			'after',
			examples(
				'cb command list --domain payments --status failed',
				'cb command list --created-from 2h --type DebitAccount --limit 10',
			),
		)
		.action((flags: ListFlags) =>
			execute((context) => watch(context, flags.watch, () => listCommands(context, flags))),
		);
}

async function listCommands(context: Context, flags: ListFlags): Promise<Result> {
	const { limit, cursor, offset, status, domain, createdFrom, createdTo } = flags;
	const filter: CommandFilter = {
		...{ status, domain, createdFrom, createdTo },
		commandType: flags.type,
		batchId: flags.batch,
		correlationId: flags.correlation,
	};
	const page = await withBus(context, (bus) => bus.list(filter, { limit, cursor, offset }));
	return {
		data: page,
		text: (screen) =>
			page.items.length === 0 ? 'No command matches.' : commandTable(screen, page.items, { domain: filter.domain }),
		hints: nextPageHints(page),
	};
}

interface Address {
	readonly domain: string;
	readonly commandId: string;
}

async function showCommand(context: Context, address: Address): Promise<Result> {
	const { CommandNotFoundError } = await import('@cb/core');
	const command = await withBus(context, (bus) => bus.get(address));
	if (command === undefined) throw new CommandNotFoundError(address.domain, address.commandId);
	const isParked = command.status === 'IN_TROUBLESHOOTING_QUEUE';
	return {
		data: command,
		text: (screen) => commandText(screen, command),
		hints: isParked ? [`Its payload and what can be done: cb tsq show ${address.domain} ${address.commandId}`] : [],
	};
}

async function showHistory(context: Context, address: Address): Promise<Result> {
	const { CommandNotFoundError } = await import('@cb/core');
	const events = await withBus(context, (bus) => bus.history(address));
	if (events.length === 0) throw new CommandNotFoundError(address.domain, address.commandId);
	return { data: events, text: (screen) => timeline(screen, events.map(auditLine)) };
}

async function cancelCommand(context: Context, address: Address, reason: string | undefined): Promise<Result> {
	const command = await withBus(context, async (bus) => {
		await bus.cancel(address, { reason });
		return bus.get(address);
	});
	return { data: command, text: () => `Canceled ${address.commandId} of ${address.domain}.` };
}

async function withBus<Answer>(context: Context, ask: (bus: CommandBus) => Promise<Answer>): Promise<Answer> {
	const [backend, { createCommandBus }] = await Promise.all([context.backend(), import('@cb/core')]);
	const bus = createCommandBus(backend);
	try {
		return await ask(bus);
	} finally {
		await bus.close();
	}
}
