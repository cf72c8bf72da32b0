/** The doors to the database, loaded when a command goes through one. Tests put the in-memory backend behind them. */
import type { Backend } from '@cb/core';

export interface Migration {
	readonly number: number;
	readonly name: string;
}

/** `script` is how PGMQ comes to servers that do not offer it as an extension. */
export type PgmqSource = 'extension' | 'script';

export interface MigrationReport {
	readonly applied: readonly Migration[];
	readonly schemaVersion: number;
	readonly pgmq: PgmqSource;
	readonly pgmqVersion: string;
}

export interface MigrationStatus {
	readonly schemaVersion: number;
	readonly latestVersion: number;
	readonly pending: readonly Migration[];
	readonly pgmqVersion: string | undefined;
	readonly problem?: string | undefined;
}

export interface Finding {
	readonly check: string;
	readonly state: 'ok' | 'warning' | 'critical';
	readonly message: string;
	readonly advice?: string | undefined;
}

export interface Services {
	openBackend(connection: string): Promise<Backend>;
	migrate(connection: string, pgmq: 'auto' | PgmqSource): Promise<MigrationReport>;
	migrationStatus(connection: string): Promise<MigrationStatus>;
	diagnose(connection: string): Promise<readonly Finding[]>;
}

export const postgresServices: Services = {
	async openBackend(connection) {
		const { createPgBackend } = await import('@cb/pg');
		return createPgBackend({ connection, maxConnections: 5, applicationName: 'cb', listen: false });
	},
	async migrate(connection, pgmq) {
		const { migrate } = await import('@cb/pg');
		return migrate(connection, { pgmq });
	},
	async migrationStatus(connection) {
		const { migrationStatus } = await import('@cb/pg');
		return migrationStatus(connection);
	},
	async diagnose(connection) {
		const { diagnose } = await import('@cb/pg');
		return diagnose(connection);
	},
};
