/** What every suite gets. */
import type { Database } from '@cb/test-postgres';

export interface BenchContext {
	/** A migrated database of its own on the one server of the run. */
	readonly freshDatabase: () => Promise<Database>;
	readonly rounds: number;
	/** Seconds instead of minutes: shows that the suite works, measures nothing worth quoting. */
	readonly isQuick: boolean;
	readonly progress: (line: string) => void;
}
