/** What an act is meant for: commands named one by one, or all that match a filter when it is frozen. */
import type { CommandAddress, TroubleshootingFilter } from '@cb/core';
import { usageError } from '../cli-error.ts';
import type { ActFlags } from '../flags/act.ts';
import { filterOf, isFiltered } from '../flags/tsq-filter.ts';
import type { FilterFlags } from '../flags/tsq-filter.ts';

export type Target =
	| { readonly kind: 'one'; readonly address: CommandAddress }
	| { readonly kind: 'several'; readonly addresses: readonly CommandAddress[] }
	| { readonly kind: 'matching'; readonly filter: TroubleshootingFilter };

/** Throws a usage error for what is not clearly one of these: an act never guesses. */
export function targetOf(domain: string | undefined, ids: readonly string[], flags: ActFlags): Target {
	if (domain === undefined) {
		refuseSingleFlags(flags);
		return { kind: 'matching', filter: filterOfMany(flags) };
	}
	if (isFiltered(filterOf(flags)) || flags.all === true) {
		throw usageError(
			'Commands are named and a filter is given; nothing was done.',
			'Name commands (<domain> <id...>), or give filters such as --domain, not both.',
		);
	}
	const [first, ...others] = [...new Set(ids.map((id) => id.toLowerCase()))];
	if (first === undefined) {
		throw usageError(
			`No command of "${domain}" is named; nothing was done.`,
			`Name command ids, or say --domain ${domain} for all that are parked there.`,
		);
	}
	if (others.length === 0) return { kind: 'one', address: { domain, commandId: first } };
	refuseSingleFlags(flags);
	return { kind: 'several', addresses: [first, ...others].map((commandId) => ({ domain, commandId })) };
}

/** Throws a usage error for a filter that says nothing, unless `--all` says that this is meant. */
export function filterOfMany(flags: FilterFlags & { readonly all?: true | undefined }): TroubleshootingFilter {
	const filter = filterOf(flags);
	if (isFiltered(filter) && flags.all === true) {
		throw usageError('--all and a filter are given; nothing was done.', 'Use one of both.');
	}
	if (isFiltered(filter) || flags.all === true) return filter;
	throw usageError(
		'It is not said which commands; nothing was done.',
		'Name them (<domain> <id...>), give filters such as --domain, or say --all.',
	);
}

function refuseSingleFlags({ expectedVersion, requestId }: ActFlags): void {
	if (expectedVersion === undefined && requestId === undefined) return;
	throw usageError(
		'--expected-version and --request-id are about one command; nothing was done.',
		'Several commands are acted on at the versions that the preview shows.',
	);
}
