/** A defect made on purpose, to prove that the checks find what it breaks. */
import type { Damage } from '../checks/check.ts';
import type { Scenario } from '../scenario.ts';
import type { SqlChange } from './change-functions.ts';
import type { DefectName } from './defects.ts';

export interface Mutation {
	/** What is wrong, in words. */
	readonly name: string;
	/** In the functions of the database. */
	readonly changes?: readonly SqlChange[];
	/** Tables and functions that a defect of the processes needs. */
	readonly setUp?: string;
	/** In the processes of the crew. */
	readonly defect?: DefectName;
	/** Under which fault it shows; many need none. */
	readonly scenario: Scenario;
	readonly seconds: number;
	/** Only in the complete list (`--mutations`), because it takes its time or is much like another one. @default false */
	readonly isForLongRuns?: boolean;
	readonly caughtBy: {
		readonly damage: Damage;
		/** The name of the check, as it stands in src/checks. */
		readonly check: string;
	};
}
