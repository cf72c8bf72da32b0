export { createFreshDatabase, createTemplate, type Database } from './database.ts';
export { extractPgmq } from './extract-pgmq.ts';
export { startRestartableServer, type RestartableServer, type StopMode } from './restartable-server.ts';
export { createSmallTablespace, type SmallTablespace } from './small-tablespace.ts';
export { forgetStandby, startStandby, type Standby } from './standby.ts';
export { startPostgres, type PostgresServer, type StartPostgresOptions } from './start-postgres.ts';
export { openTcpProxy, type ProxiedConnection, type TcpProxy } from './tcp-proxy.ts';
export { canMount } from './temporary-directory.ts';
