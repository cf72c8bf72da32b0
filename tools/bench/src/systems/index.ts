import type { System, SystemName } from './system.ts';

const loaders: Readonly<Record<SystemName, () => Promise<System>>> = {
	cb: async () => (await import('./cb.ts')).cb,
	bare: async () => (await import('./bare.ts')).bare,
	'pg-boss': async () => (await import('./pg-boss.ts')).pgBoss,
	'graphile-worker': async () => (await import('./graphile-worker.ts')).graphileWorker,
	dbos: async () => (await import('./dbos.ts')).dbos,
	bullmq: async () => (await import('./bullmq.ts')).bullmq,
};

/** One at a time: a measured process holds the code of its own system only. */
export function loadSystem(name: SystemName): Promise<System> {
	return loaders[name]();
}
