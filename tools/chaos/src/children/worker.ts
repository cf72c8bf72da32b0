/** A worker. What a handler does is one row of `chaos.effect`; every call of it is in the ledger. */
import {
	BusinessRuleError,
	PermanentCommandError,
	TransientCommandError,
	createHandlers,
	createWorker,
} from '@cb/core';
import type { Command, HandlerContext } from '@cb/core';
import type { Queryable } from '@cb/pg';
import { createHash, randomUUID } from 'node:crypto';
import type { LedgerFile } from '../ledger/ledger-file.ts';
import type { CalledLine } from '../ledger/ledger-line.ts';
import { Linger, Look, definitions, domain, leaseSeconds, oddsOf } from '../load/commands.ts';
import type { Result } from '../load/commands.ts';
import { defective } from '../mutations/defects.ts';
import { pause, untilAborted } from '../waiting.ts';
import { runChild } from './child-program.ts';

type Call = Pick<CalledLine, 'id' | 'generation' | 'attempt' | 'worker'>;

await runChild(({ settings, backend, ledger }) => {
	const handlers = createHandlers<Queryable>();
	for (const definition of definitions)
		handlers.on(definition, definition === Linger ? linger(ledger) : handle(ledger));
	const worker = createWorker({
		backend: defective(backend, settings),
		domain,
		handlers,
		workerId: settings.name,
		concurrency: 8,
		readAhead: 40,
		leaseSeconds,
		pollIntervalMs: 100,
		batchSweepMs: 1_000,
		stopTimeoutMs: 5_000,
	});
	return {
		start: () => worker.start(),
		health() {
			const { state, isLive, isListening, reasons } = worker.health();
			const says = `${state} ${isListening ? '' : 'without LISTEN '}${reasons.join(' ')}`;
			return { isHealthy: isLive && isListening && state === 'healthy', says };
		},
		stop: async () => {
			await worker.stop();
		},
	};
});

type Handle = (command: Command, context: HandlerContext<Queryable>) => Promise<Result>;

function linger(ledger: LedgerFile): Handle {
	return async (command, context) => {
		const call = callOf(command, context);
		ledger.write({ ledger: 'called', phase: 'called', ...call });
		await untilAborted(context.signal);
		ledger.write({ ledger: 'called', phase: 'aborted', ...call });
		throw new TransientCommandError('ABORTED', 'Told to stop.');
	};
}

function handle(ledger: LedgerFile): Handle {
	return async (command, context) => {
		const { commandId, commandType, generation } = command;
		const call = callOf(command, context);
		const { attempt, workerId } = context;
		ledger.write({ ledger: 'called', phase: 'called', ...call });
		const chance = fate(call);
		const verdict = verdictOf(commandType, chance);
		if (verdict !== undefined) {
			ledger.write({ ledger: 'called', phase: 'failed', why: verdict.code, ...call });
			throw verdict;
		}
		const token = `${generation}.${attempt}.${workerId}.${randomUUID()}`;
		await pause(takesMs(commandType, chance));
		if (commandType === Look.type) {
			ledger.write({ ledger: 'called', phase: 'answered', token, ...call });
			return { token };
		}
		return context.transaction(async (tx) => {
			await tx.query(
				'insert into chaos.effect (command_id, generation, attempt, token) values ($1::uuid, $2::integer, $3::integer, $4::text)',
				[commandId, generation, attempt, token],
			);
			ledger.write({ ledger: 'called', phase: 'answered', token, ...call });
			return { token };
		});
	};
}

function callOf(
	{ commandId, generation }: Command,
	{ attempt, workerId }: Pick<HandlerContext<Queryable>, 'attempt' | 'workerId'>,
): Call {
	return { id: commandId, generation, attempt, worker: workerId };
}

/** From 0 to 99.99, the same for a command, generation and attempt in every worker: a dead one's successor decides alike. */
function fate({ id, generation, attempt }: Call): number {
	const digest = createHash('md5').update(`${id} ${generation} ${attempt}`).digest();
	return digest.readUInt32BE() / 42_949_672.96;
}

function verdictOf(commandType: string, chance: number): (Error & { readonly code: string }) | undefined {
	const { permanent, businessRule, transient } = oddsOf(commandType);
	if (chance < permanent) return new PermanentCommandError('BROKEN', 'An operator is needed.');
	if (chance < permanent + businessRule) return new BusinessRuleError('REFUSED', 'The answer is no.');
	if (chance < permanent + businessRule + transient) return new TransientCommandError('BUSY', 'Later, perhaps.');
	return undefined;
}

/** Mostly a moment; some take longer, and a few that only answer take longer than their lease. */
function takesMs(commandType: string, chance: number): number {
	if (chance > 99.7 && commandType === Look.type) return leaseSeconds * 1_000 + 500;
	return chance > 95 ? 100 : 1;
}
