/** `cb roles`: what database roles may do. */
import { Option } from 'commander';
import type { Command } from 'commander';
import { CliError } from '../cli-error.ts';
import type { Context } from '../context.ts';
import { examples } from '../examples.ts';
import { exitCodes } from '../exit-code.ts';
import { oneOf } from '../flags/choice.ts';
import type { Execute, Result } from '../result.ts';
import { roleKinds } from '../services.ts';
import type { RoleKind } from '../services.ts';

interface KindFlags {
	readonly as: RoleKind;
}

export function addRolesCommands(program: Command, execute: Execute): void {
	const roles = program
		.command('roles')
		.description('Grant database roles what senders, workers, operators or readers need')
		.addHelpText('after', examples('cb roles grant shop_api --as sender', 'cb roles check shop_api --as sender'));
	roles
		.command('grant')
		.argument('<role>', 'an existing database role')
		.description('Grant a role what its kind needs, and no more; repeat it after "cb migrate up"')
		.addOption(kindFlag())
		.addHelpText('after', examples('cb roles grant shop_api --as sender', 'cb roles grant ada --as operator'))
		.action((role: string, { as }: KindFlags) => execute((context) => grant(context, role, as)));
	roles
		.command('revoke')
		.argument('<role>', 'a database role')
		.description('Take everything back from a role, of whatever kind')
		.addHelpText('after', examples('cb roles revoke shop_api'))
		.action((role: string) => execute((context) => revoke(context, role)));
	roles
		.command('check')
		.argument('<role>', 'a database role')
		.description('Say what a role lacks to be of a kind; exit code 11 when it lacks something')
		.addOption(kindFlag())
		.addHelpText('after', examples('cb roles check shop_api --as sender'))
		.action((role: string, { as }: KindFlags) => execute((context) => check(context, role, as)));
}

function kindFlag(): Option {
	return new Option('--as <kind>', `what the role is for: ${roleKinds.join(', ')}`)
		.argParser(oneOf(roleKinds))
		.makeOptionMandatory();
}

async function grant(context: Context, role: string, kind: RoleKind): Promise<Result> {
	await ofRole(role, context.services.grantRole(context.connection(), role, kind));
	return { data: { role, kind }, text: () => `${role} may work as ${kind}.` };
}

async function revoke(context: Context, role: string): Promise<Result> {
	await ofRole(role, context.services.revokeRole(context.connection(), role));
	return { data: { role }, text: () => `${role} may do nothing any more.` };
}

async function check(context: Context, role: string, kind: RoleKind): Promise<Result> {
	const missing = await ofRole(role, context.services.missingPrivileges(context.connection(), role, kind));
	return {
		data: { role, kind, missing },
		text: () =>
			missing.length === 0
				? `${role} has what a ${kind} needs.`
				: `${role} lacks, for a ${kind}:\n${missing.map((privilege) => `  ${privilege}`).join('\n')}`,
		hints: missing.length === 0 ? [] : [`Grant it: cb roles grant ${role} --as ${kind}`],
		exitCode: missing.length === 0 ? exitCodes.ok : exitCodes.warning,
	};
}

const undefinedObject = '42704';

/** The server's own words leave open what to do. */
async function ofRole<Answer>(role: string, asked: Promise<Answer>): Promise<Answer> {
	try {
		return await asked;
	} catch (error) {
		if (codeOf(error) !== undefinedObject && codeOf(causeOf(error)) !== undefinedObject) throw error;
		const facts = {
			code: 'role-not-found',
			exitCode: exitCodes.notFound,
			advice: `Create it: create role ${role} login`,
		};
		throw new CliError(`There is no database role "${role}"; nothing was done.`, facts, { cause: error });
	}
}

function causeOf(error: unknown): unknown {
	return error instanceof Error ? error.cause : undefined;
}

function codeOf(error: unknown): unknown {
	return error instanceof Error && 'code' in error ? error.code : undefined;
}
