/** Defects of the adapter that a child can be given, to prove that what they break is found. Each leaves a while between two things that belong together. */
import type { CommandStore, JsonValue } from '@cb/core';
import type { PgBackend, Queryable } from '@cb/pg';
import { Pool } from 'pg';
import type { ParsedChildSettings } from '../children/settings.ts';
import { ChaosError } from '../chaos-error.ts';
import { leaseSeconds } from '../load/commands.ts';
import { pause } from '../waiting.ts';

type Defect = (backend: PgBackend, own: Queryable) => PgBackend;

/** Long enough for somebody to be killed in it. */
const inBetweenMs = 300;

const defects = {
	'effects-before-commit': (backend, own) => ({
		...backend,
		commands: {
			...backend.commands,
			async completeInTransaction(address, work) {
				const result = await work(own);
				await pause(inBetweenMs);
				return backend.commands.completeInTransaction(address, () => Promise.resolve(result));
			},
		},
	}),
	'settles-late': (backend) => ({ ...backend, commands: settlingLate(backend.commands) }),
	'reply-before-commit': (backend, own) => ({ ...backend, commands: replyingEarly(backend.commands, own) }),
	'send-outside-of-the-transaction': (backend) => ({
		...backend,
		commands: { ...backend.commands, accept: (commands) => backend.commands.accept(commands) },
	}),
	'acknowledge-before-advance': (backend) => ({
		...backend,
		processes: {
			...backend.processes,
			async advance(advances) {
				await backend.replies.acknowledge(advances.flatMap(({ acknowledge }) => acknowledge ?? []));
				await pause(inBetweenMs);
				return backend.processes.advance(advances.map((advance) => ({ ...advance, acknowledge: undefined })));
			},
		},
	}),
	'forgets-what-to-undo': (backend) => ({
		...backend,
		processes: {
			...backend.processes,
			advance: (advances) =>
				backend.processes.advance(
					advances.map((advance) => ({ ...advance, compensationPlan: advance.compensationPlan === null ? null : [] })),
				),
		},
	}),
} satisfies Record<string, Defect>;

export type DefectName = keyof typeof defects;

/** The backend as it is, unless the child was told to have a defect. */
export function defective(backend: PgBackend, { defect, connection }: ParsedChildSettings): PgBackend {
	if (defect === undefined) return backend;
	if (!isDefectName(defect)) throw new ChaosError(`There is no defect "${defect}".`);
	const config = typeof connection === 'string' ? { connectionString: connection } : connection;
	const own = new Pool({ ...config, max: 4 });
	own.on('error', () => undefined);
	return defects[defect](backend, own);
}

function isDefectName(name: string): name is DefectName {
	return Object.hasOwn(defects, name);
}

/** Believes that its leases go on, and sometimes tells its outcomes after somebody else has the command. */
function settlingLate(commands: CommandStore<Queryable>): CommandStore<Queryable> {
	const sometimesWait = (): Promise<void> =>
		Math.random() < 0.05 ? pause(leaseSeconds * 1_000 + 500) : Promise.resolve();
	return {
		...commands,
		extend: () => Promise.resolve([]),
		async settle(domain, settlements) {
			await sometimesWait();
			return commands.settle(domain, settlements);
		},
		completeInTransaction: (address, work) =>
			commands.completeInTransaction(address, async (tx) => {
				const result = await work(tx);
				await sometimesWait();
				return result;
			}),
	};
}

function replyingEarly(commands: CommandStore<Queryable>, own: Queryable): CommandStore<Queryable> {
	async function reply(domain: string, commandId: string, result: JsonValue): Promise<void> {
		await own.query('select chaos.reply_early($1::text, $2::uuid, $3::jsonb)', [
			domain,
			commandId,
			JSON.stringify(result),
		]);
		await pause(inBetweenMs);
	}
	return {
		...commands,
		completeInTransaction: (address, work) =>
			commands.completeInTransaction(address, async (tx) => {
				const result = await work(tx);
				await reply(address.domain, address.commandId, result);
				return result;
			}),
	};
}
