/** A database of its own for an end-to-end test, migrated by `cb` itself, and a shop that works on it. */
import { createWorker } from '@cb/core';
import { createPgBackend } from '@cb/pg';
import type { PgBackend } from '@cb/pg';
import { createReplyRouter } from '@cb/process';
import { createFreshDatabase, startPostgres } from '@cb/test-postgres';
import { cb } from './cb.ts';
import type { CbOptions, Ended } from './cb.ts';
import { Order, createShopHandlers } from './fixtures/shop.ts';

export interface ShopDatabase {
	readonly url: string;
	readonly backend: PgBackend;
	/** `cb` on this database, as operator ada. */
	run(words: readonly string[], options?: CbOptions): Promise<Ended>;
	/** The one JSON document; standard error must be empty. */
	json(words: readonly string[], options?: CbOptions): Promise<unknown>;
	/** Starts the shop's worker and router; call the result to stop them. */
	openShop(): Promise<() => Promise<void>>;
	close(): Promise<void>;
}

export async function openShopDatabase(): Promise<ShopDatabase> {
	const server = await startPostgres();
	const database = await createFreshDatabase(server.url);
	const { url } = database;
	const backend = createPgBackend({ connection: url });
	const run: ShopDatabase['run'] = (words, options) => cb(words, { database: url, operator: 'ada', ...options });
	return {
		url,
		backend,
		run,
		async json(words, options) {
			const { stdout, stderr } = await run([...words, '--json'], options);
			if (stderr !== '') throw new Error(`cb ${words.join(' ')} said: ${stderr}`);
			const document: unknown = JSON.parse(stdout);
			return document;
		},
		openShop: () => openShop(backend),
		async close() {
			await backend.close();
			await database.drop();
			await server.stop();
		},
	};
}

async function openShop(backend: PgBackend): Promise<() => Promise<void>> {
	const worker = createWorker({ backend, domain: 'shop', handlers: createShopHandlers(), createDomain: true });
	const router = createReplyRouter({ backend, domain: 'shop', definitions: [Order] });
	await worker.start();
	await router.start();
	return async () => {
		await router.stop();
		await worker.stop();
	};
}
