/** Programs of `fixtures/` as processes of their own, to be killed without warning. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Scene } from './scene.ts';

export interface Child {
	/** SIGKILL, and resolves when it is gone. */
	kill(): Promise<void>;
	/** It stands still, as a virtual machine does that is moved, until it goes on. */
	pause(): void;
	goOn(): void;
	/** What it wrote to standard error. */
	complaints(): string;
}

/** Resolves when the program says that it is ready. Ends with the test file, whatever happens. */
export async function startChild(scene: Scene, name: string, argv: readonly string[] = []): Promise<Child> {
	const program = fileURLToPath(new URL(`../fixtures/${name}.ts`, import.meta.url));
	const child = fork(program, [scene.url, ...argv], { execArgv: [], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
	let complaints = '';
	child.stderr?.on('data', (chunk: Buffer) => (complaints += chunk.toString()));
	const ended = once(child, 'close');
	async function kill(): Promise<void> {
		child.kill('SIGKILL');
		await ended;
	}
	scene.onClose(kill);
	const [first] = await Promise.race([once(child, 'message'), ended.then(() => ['ended'])]);
	if (first !== 'ready') throw new Error(`${name} ended before it was ready:\n${complaints}`);
	return {
		kill,
		pause: () => child.kill('SIGSTOP'),
		goOn: () => child.kill('SIGCONT'),
		complaints: () => complaints,
	};
}

/** For a program: tells the test that it is ready, and ends when the test does. */
export function tellReady(): void {
	process.on('disconnect', () => {
		process.exit();
	});
	process.send?.('ready');
}
