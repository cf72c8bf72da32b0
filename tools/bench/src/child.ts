/** A process of its own for what is measured: started, told to go, asked for its report, and gone when we are. */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface DrainReport {
	readonly milliseconds: number;
	/** The largest resident set seen while draining, in bytes. */
	readonly peakMemoryBytes: number;
}

/** Starts `workers/<name>.ts`, waits until it is ready, lets it drain `count` messages, and returns its report. */
export async function drainInChild(name: string, url: string, count: number): Promise<DrainReport> {
	const child = await startChild(name, [url, String(count)]);
	try {
		child.send('go');
		return (await messageFrom(child)) as DrainReport;
	} finally {
		child.kill('SIGKILL');
	}
}

/** Starts `workers/<name>.ts` and waits until it says that it is ready. The caller ends it. */
export async function startChild(name: string, parameters: readonly string[]): Promise<ChildProcess> {
	const child = fork(fileURLToPath(new URL(`workers/${name}.ts`, import.meta.url)), parameters);
	await messageFrom(child);
	return child;
}

async function messageFrom(child: ChildProcess): Promise<unknown> {
	const [message] = (await Promise.race([
		once(child, 'message'),
		once(child, 'exit').then(([code]) => {
			throw new Error(`The measured process ended with ${String(code)} before it reported.`);
		}),
	])) as [unknown];
	return message;
}

/** In the child: says that it is ready, waits for the word, runs `drain` and reports. */
export async function runDrain(drain: () => Promise<void>): Promise<void> {
	process.send?.('ready');
	await once(process, 'message');
	let peakMemoryBytes = process.memoryUsage.rss();
	const sampler = setInterval(() => {
		peakMemoryBytes = Math.max(peakMemoryBytes, process.memoryUsage.rss());
	}, 20);
	const start = performance.now();
	await drain();
	const milliseconds = performance.now() - start;
	clearInterval(sampler);
	const report: DrainReport = { milliseconds, peakMemoryBytes };
	process.send?.(report);
}
