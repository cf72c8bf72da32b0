/** What every act on parked work takes: who, why, and whether it was confirmed beforehand. */
import type { Command } from 'commander';
import type { Consent } from '../confirm.ts';
import type { DefinitionFlags } from '../definitions/module.ts';
import { wholeNumber } from './number.ts';
import { withFilterFlags } from './tsq-filter.ts';
import type { FilterFlags } from './tsq-filter.ts';

export interface OperatorFlags {
	readonly operator?: string | undefined;
}

export interface DetachFlags {
	readonly detach?: true | undefined;
}

export interface ActFlags extends FilterFlags, OperatorFlags, Consent, DetachFlags, DefinitionFlags {
	readonly all?: true | undefined;
	readonly expectedVersion?: number | undefined;
	readonly requestId?: string | undefined;
}

export const operatorFlag = ['--operator <name>', 'who acts; stands in the audit (else CB_OPERATOR)'] as const;
export const allFlag = ['--all', 'all parked commands, where no filter is given'] as const;
export const yesFlag = ['--yes', 'do not ask; for scripts'] as const;
export const detachFlag = ['--detach', 'only start it; worker processes or "cb tsq bulk run" work it off'] as const;

/** For acts that take one command, several, or a filter. */
export function withActFlags(command: Command): Command {
	return withFilterFlags(
		command
			.option(...operatorFlag)
			.option(
				'--expected-version <n>',
				'only while it is at this version (one command)',
				wholeNumber({ from: 0, to: 2_147_483_647 }),
			)
			.option('--request-id <id>', 'a repeat with the same id changes nothing (one command)')
			.option(...allFlag)
			.option(...yesFlag)
			.option(...detachFlag),
	);
}
