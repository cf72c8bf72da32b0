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
	/** SQL that puts it right. */
	readonly fix?: string | undefined;
}

export const roleKinds = ['sender', 'worker', 'operator', 'reader'] as const;

/** What a database role is for. */
export type RoleKind = (typeof roleKinds)[number];

export interface Services {
	openBackend(connection: string): Promise<Backend>;
	migrate(connection: string, pgmq: 'auto' | PgmqSource): Promise<MigrationReport>;
	migrationStatus(connection: string): Promise<MigrationStatus>;
	diagnose(connection: string, as?: RoleKind): Promise<readonly Finding[]>;
	grantRole(connection: string, role: string, kind: RoleKind): Promise<void>;
	revokeRole(connection: string, role: string): Promise<void>;
	missingPrivileges(connection: string, role: string, kind: RoleKind): Promise<readonly string[]>;
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
	async diagnose(connection, as) {
		const { diagnose } = await import('@cb/pg');
		return diagnose(connection, { as });
	},
	async grantRole(connection, role, kind) {
		const { grantRole } = await import('@cb/pg');
		await grantRole(connection, role, kind);
	},
	async revokeRole(connection, role) {
		const { revokeRole } = await import('@cb/pg');
		await revokeRole(connection, role);
	},
	async missingPrivileges(connection, role, kind) {
		const { missingPrivileges } = await import('@cb/pg');
		return missingPrivileges(connection, kind, role);
	},
};
