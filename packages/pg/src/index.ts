/** `@cb/pg`: every port of `@cb/core` on PostgreSQL with PGMQ. Every public name is listed here. */
export { createPgBackend } from './pg-backend.ts';
export type { PgBackend } from './pg-backend.ts';
export type { PgBackendOptions } from './options.ts';
export { migrate, migrationStatus } from './migrate.ts';
export type { MigrateOptions, MigrationName, MigrationReport, MigrationStatus } from './migrate.ts';
export type { PgmqChoice } from './install-pgmq.ts';
export { diagnose } from './diagnose.ts';
export type { DiagnoseOptions } from './diagnose.ts';
export type { Finding } from './diagnosis/finding.ts';
export { grantRole, missingPrivileges, revokeRole } from './roles.ts';
export { roleKinds } from './statements/roles.ts';
export type { RoleKind } from './statements/roles.ts';
export { createDomain } from './statements/domains.ts';
export { readHeldXmin } from './statements/held-xmin.ts';
export type { HeldXmin } from './statements/held-xmin.ts';
export type { Queryable } from './queryable.ts';
