/** Which parked commands: the same flags on every command that looks at several of them or acts on them. */
import type { Command } from 'commander';
import type { TroubleshootingFilter } from '@cb/core';
import { moment } from './moment.ts';

export interface FilterFlags {
	readonly domain?: string | undefined;
	readonly type?: string | undefined;
	readonly code?: string | undefined;
	readonly fingerprint?: string | undefined;
	readonly parkedFrom?: Date | undefined;
	readonly parkedTo?: Date | undefined;
	readonly createdFrom?: Date | undefined;
	readonly createdTo?: Date | undefined;
	readonly text?: string | undefined;
}

export function withFilterFlags(command: Command): Command {
	return command
		.optionsGroup('Which:')
		.option('--domain <domain>', 'only of this domain')
		.option('--type <type>', 'only of this command type')
		.option('--code <code>', 'only with this error code')
		.option('--fingerprint <hex>', 'only with this error fingerprint (see "cb tsq groups")')
		.option(
			'--parked-from <time>',
			'parked then or later: 2026-03-01, 2026-03-01T09:15:00Z, or 2h for two hours ago',
			moment,
		)
		.option('--parked-to <time>', 'parked then or earlier', moment)
		.option('--created-from <time>', 'sent then or later', moment)
		.option('--created-to <time>', 'sent then or earlier', moment)
		.option('--text <uuid>', 'only with this command, correlation, batch or process id')
		.optionsGroup('Options:');
}

export function filterOf(flags: FilterFlags): TroubleshootingFilter {
	return {
		domain: flags.domain,
		commandType: flags.type,
		errorCode: flags.code,
		fingerprint: flags.fingerprint,
		parkedFrom: flags.parkedFrom,
		parkedTo: flags.parkedTo,
		createdFrom: flags.createdFrom,
		createdTo: flags.createdTo,
		text: flags.text,
	};
}

export function isFiltered(filter: TroubleshootingFilter): boolean {
	return Object.values(filter).some((value) => value !== undefined);
}
