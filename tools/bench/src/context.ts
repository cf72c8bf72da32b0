/** What every suite gets. */
import type { Database } from '@cb/test-postgres';
import type { System, SystemName } from './systems/system.ts';

export interface BenchContext {
	/** A database of its own on the one server of the run, prepared for the system; ours unless another is named. */
	readonly freshDatabase: (system?: SystemName) => Promise<Database>;
	/** Ours, the bare loop, and the peers that were asked for and can run here. */
	readonly systems: readonly System[];
	readonly rounds: number;
	/** Seconds instead of minutes: shows that the suite works, measures nothing worth quoting. */
	readonly isQuick: boolean;
	readonly progress: (line: string) => void;
}
