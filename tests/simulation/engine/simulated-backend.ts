/** A backend as one program reaches it: every call of a port is a call over a network that the scheduler owns. */
import type { Backend } from '@cb/core';
import type { MemoryTransaction } from '@cb/core/memory';
import type { Program } from './program.ts';

export function simulatedBackend(program: Program, backend: Backend<MemoryTransaction>): Backend<MemoryTransaction> {
	const { commands } = backend;
	return {
		...backend,
		clock: program.clock,
		domains: overNetwork(program, 'domains', backend.domains),
		queries: overNetwork(program, 'queries', backend.queries),
		batches: overNetwork(program, 'batches', backend.batches),
		troubleshooting: overNetwork(program, 'troubleshooting', backend.troubleshooting),
		processes: overNetwork(program, 'processes', backend.processes),
		replies: overNetwork(program, 'replies', backend.replies),
		maintenance: overNetwork(program, 'maintenance', backend.maintenance),
		checkSchema: () => program.call('checkSchema', () => backend.checkSchema()),
		commands: {
			...overNetwork(program, 'commands', commands),
			completeInTransaction: (address, work) =>
				program.call(
					'commands.completeInTransaction',
					() => commands.completeInTransaction(address, (tx) => program.work('transaction', () => work(tx))),
					address,
				),
		},
		wake: {
			subscribe: (topic, wake) =>
				program.call('wake.subscribe', () =>
					backend.wake.subscribe(topic, () => {
						program.wake(wake);
					}),
				),
		},
	};
}

/** Ports are plain objects of functions, so one decorator fits all of them. */
function overNetwork<Port extends object>(program: Program, name: string, port: Port): Port {
	const decorated: Port = { ...port };
	for (const method of Object.keys(port)) {
		const member: unknown = Reflect.get(port, method);
		if (!isMethod(member)) continue;
		const call = (...args: readonly unknown[]): Promise<unknown> =>
			program.call(`${name}.${method}`, () => member(...args), args);
		Reflect.set(decorated, method, call);
	}
	return decorated;
}

function isMethod(member: unknown): member is (...args: readonly unknown[]) => Promise<unknown> {
	return typeof member === 'function';
}
