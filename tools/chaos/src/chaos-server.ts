/** The PostgreSQL server of a run: always one of its own, never the one that tests and demos may be told to use. */
import { startRestartableServer } from '@cb/test-postgres';
import type { RestartableServer } from '@cb/test-postgres';

/** Enough for the crew, and few enough to be taken by somebody else. */
const maxConnections = 110;

type Settings = Readonly<Record<string, string | number | boolean>>;

export function openServer(settings: Settings = {}): Promise<RestartableServer> {
	return startRestartableServer({ settings: { max_connections: maxConnections, ...settings } });
}
