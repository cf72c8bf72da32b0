/** Another process of this program, in another role: started, asked to stop, or killed, always by its own handle. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { ScenarioError } from './scenario-error.ts';

export interface RoleProcess {
	readonly role: string;
	readonly pid: number;
	/** SIGKILL: it gets no chance to tidy up. Resolves when it is gone. */
	kill(): Promise<void>;
	/** SIGTERM, and SIGKILL when it takes longer than `withinMs`. Resolves with whether it ended by itself and cleanly. */
	stop(withinMs: number): Promise<boolean>;
}

const startWithinMs = 30_000;

/** Resolves when the process says that it works. It ends by itself when this process is gone, whatever the cause. */
export async function startRole(role: string, environment: NodeJS.ProcessEnv): Promise<RoleProcess> {
	const program = process.argv[1];
	if (program === undefined) throw new ScenarioError('The program of the demo is unknown.');
	const child = spawn(process.execPath, [...process.execArgv, program, role], {
		env: environment,
		stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
	});
	const exited = once(child, 'exit');
	const started = once(child, 'message');
	const timer = new AbortController();
	const late = sleep(startWithinMs, 'late' as const, { signal: timer.signal }).catch(() => 'late' as const);
	const first = await Promise.race([started, exited.then(() => 'exited' as const), late]);
	timer.abort();
	if (typeof first === 'string' || child.pid === undefined) {
		child.kill('SIGKILL');
		throw new ScenarioError(`A ${role} process ${first === 'exited' ? 'ended' : 'was not ready'} before it worked.`);
	}
	const isGone = (): boolean => child.exitCode !== null || child.signalCode !== null;
	return {
		role,
		pid: child.pid,
		async kill() {
			child.kill('SIGKILL');
			await exited;
		},
		async stop(withinMs) {
			if (!isGone()) child.kill('SIGTERM');
			const patience = setTimeout(() => child.kill('SIGKILL'), withinMs);
			await exited;
			clearTimeout(patience);
			return child.exitCode === 0;
		},
	};
}
