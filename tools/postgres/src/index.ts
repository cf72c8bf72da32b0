export { createFreshDatabase, createTemplate, type Database } from './database.ts';
export { extractPgmq } from './extract-pgmq.ts';
export { startPostgres, type PostgresServer, type StartPostgresOptions } from './start-postgres.ts';
export { openTcpProxy, type ProxiedConnection, type TcpProxy } from './tcp-proxy.ts';
