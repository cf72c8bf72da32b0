/** `cb domain`: bounded contexts, each with its queues. */
import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { examples } from '../examples.ts';
import type { Execute, Result } from '../result.ts';
import { table } from '../view/table.ts';
import { momentText } from '../view/time.ts';

export function addDomainCommands(program: Command, execute: Execute): void {
	const domain = program
		.command('domain')
		.description('Bounded contexts, each with its command and reply queues')
		.addHelpText('after', examples('cb domain create payments', 'cb domain list'));
	domain
		.command('create')
		.argument('<domain...>', 'lower case: a letter, then up to 30 of a-z, 0-9 and _')
		.description('Create domains with their queues; repeating it changes nothing')
		.addHelpText('after', examples('cb domain create payments', 'cb domain create payments reports'))
		.action((domains: readonly string[]) => execute((context) => createDomains(context, domains)));
	domain
		.command('list')
		.description('List all domains')
		.addHelpText('after', examples('cb domain list', 'cb domain list --json'))
		.action(() => execute(listDomains));
}

async function createDomains(context: Context, names: readonly string[]): Promise<Result> {
	const [backend, { DomainSchema, InvalidArgumentError }] = await Promise.all([context.backend(), import('@cb/core')]);
	for (const name of names) {
		const { error } = DomainSchema.safeParse(name);
		if (error !== undefined)
			throw new InvalidArgumentError(`"${name}" is no domain: ${error.issues[0]?.message ?? ''}.`);
	}
	const outcomes: { readonly domain: string; readonly outcome: 'created' | 'exists' }[] = [];
	for (const domain of names) outcomes.push({ domain, outcome: await backend.domains.create(domain) });
	return {
		data: outcomes,
		text: () =>
			outcomes
				.map(({ domain, outcome }) =>
					outcome === 'created' ? `Created domain ${domain}.` : `Domain ${domain} exists already.`,
				)
				.join('\n'),
	};
}

async function listDomains(context: Context): Promise<Result> {
	const backend = await context.backend();
	const domains = await backend.domains.list();
	return {
		data: domains,
		text: (screen) =>
			domains.length === 0
				? 'No domain yet.'
				: table(
						screen,
						[
							{ heading: 'DOMAIN', cell: ({ domain }) => domain },
							{ heading: 'CREATED', cell: ({ createdAt }) => momentText(createdAt) },
						],
						domains,
					),
		hints: domains.length === 0 ? ['Create one: cb domain create <domain>'] : [],
	};
}
