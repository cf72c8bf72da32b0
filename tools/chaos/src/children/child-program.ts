/** The frame of every child: what it is told, how it says that it is ready, answers for its health and stops when asked. */
import { isCommandBusError } from '@cb/core';
import { createPgBackend } from '@cb/pg';
import type { PgBackend } from '@cb/pg';
import { openLedgerFile } from '../ledger/ledger-file.ts';
import type { LedgerFile } from '../ledger/ledger-file.ts';
import { pause } from '../waiting.ts';
import { createChildClock } from './child-clock.ts';
import { ChildSettingsSchema, OrderSchema } from './settings.ts';
import type { ChildHealth, ChildStopping, ParsedChildSettings } from './settings.ts';

export interface ChildTools {
	readonly settings: ParsedChildSettings;
	readonly backend: PgBackend;
	readonly ledger: LedgerFile;
}

export interface ChildWork {
	/** Begins; rejects while the store is away, and is called again. */
	start(): Promise<void>;
	health(): Omit<ChildHealth, 'kind'>;
	/** Finishes what is under way. */
	stop(): Promise<void>;
}

const startAgainMs = 200;

export async function runChild(program: (tools: ChildTools) => ChildWork): Promise<void> {
	// A child never outlives the run.
	process.on('disconnect', () => {
		process.exit();
	});
	const settings = ChildSettingsSchema.parse(JSON.parse(process.argv[2] ?? '{}'));
	const { connection, listen, name } = settings;
	const backend = createPgBackend({
		connection,
		applicationName: `chaos ${name}`,
		connectTimeoutMs: 2_000,
		statementTimeoutMs: 5_000,
		clock: createChildClock(settings.clock),
		...(listen === undefined ? {} : { listen }),
	});
	const work = program({ settings, backend, ledger: openLedgerFile(settings.ledger) });
	process.on('message', (message) => {
		void obey(OrderSchema.parse(message).kind, work, backend);
	});
	await startWhenPossible(work);
	process.send?.({ kind: 'ready' });
}

async function obey(order: 'health' | 'stop', work: ChildWork, backend: PgBackend): Promise<void> {
	if (order === 'health') {
		process.send?.({ kind: 'health', ...work.health() } satisfies ChildHealth);
		return;
	}
	tellStopping('its work');
	await work.stop();
	tellStopping('its backend');
	await backend.close();
	tellStopping('its process');
	process.exit(0);
}

function tellStopping(part: string): void {
	process.send?.({ kind: 'stopping', part } satisfies ChildStopping);
}

/** As whoever runs services does it: a start that found no store is repeated. */
async function startWhenPossible(work: ChildWork): Promise<void> {
	for (;;) {
		try {
			await work.start();
			return;
		} catch (error) {
			if (!isCommandBusError(error, 'store')) throw error;
			await pause(startAgainMs);
		}
	}
}
