/**
 * The process that owns a server. It runs detached from its parent, so that Ctrl-C does not reach it, and holds one end of
 * a pipe whose other end only the parent has. However the parent goes (stop(), a crash, SIGKILL), the pipe closes; then the
 * server is stopped, its temporary files are deleted and this process ends.
 */
import { once } from 'node:events';
import { startServer, type RunningServer, type ServerOptions } from './server.ts';

export type SupervisorReport =
	{ readonly kind: 'started'; readonly server: RunningServer } | { readonly kind: 'failed'; readonly message: string };

process.stdout.on('error', () => undefined);
const parentGone = once(process.stdin.resume(), 'close');
const toldToStop = Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT'), once(process, 'SIGHUP')]);

try {
	const server = await startServer(JSON.parse(process.argv[2] ?? '{}') as ServerOptions);
	const { url, pid, dataDirectory, temporaryDirectories } = server;
	report({ kind: 'started', server: { url, pid, dataDirectory, temporaryDirectories } });
	await Promise.race([parentGone, toldToStop, server.exited]);
	await server.stop();
} catch (error) {
	report({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
	process.exitCode = 1;
}
process.stdin.destroy();

function report(message: SupervisorReport): void {
	process.stdout.write(`${JSON.stringify(message)}\n`);
}
