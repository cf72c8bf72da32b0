import { startPostgres } from '@cb/test-postgres';
import type { PostgresServer } from '@cb/test-postgres';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { eventually, startDemo } from './demo-process.ts';
import type { DemoProcess } from './demo-process.ts';

const HealthSchema = z.object({
	status: z.string(),
	components: z.array(z.looseObject({ isReady: z.boolean(), reasons: z.array(z.string()) })),
});

const dataDirectory = mkdtempSync(join(tmpdir(), 'cb-demo-health-'));
let server: PostgresServer;
let demo: DemoProcess;
let url: string;

beforeAll(async () => {
	server = await startPostgres({ dataDirectory, persistent: true });
	demo = startDemo(['serve', '--port', '0', '--quiet'], {
		environment: { CB_DATABASE_URL: server.url, CB_DEMO_UNHEALTHY_AFTER_MS: '500' },
	});
	url = (await demo.says(/open {3}(http:\/\/\S+?)\/\s/))[1] ?? '';
});

afterAll(async () => {
	await demo.cleanUp();
	await server.stop();
	rmSync(dataDirectory, { recursive: true, force: true });
});

async function probe(name: 'live' | 'ready'): Promise<{ status: number; reasons: readonly string[] }> {
	const response = await fetch(`${url}/health/${name}`);
	const { components } = HealthSchema.parse(await response.json());
	return { status: response.status, reasons: components.flatMap(({ reasons }) => reasons) };
}

describe('health', () => {
	it('G2: readiness is false and says why while the database is away, liveness stays true, and both recover', async () => {
		const port = Number(new URL(server.url).port);
		await server.stop();

		const away = await eventually(async () => {
			const ready = await probe('ready');
			return ready.status === 503 ? ready : undefined;
		});
		const live = await probe('live');
		const refused = await fetch(`${url}/accounts`);
		server = await startPostgres({ dataDirectory, persistent: true, port });
		const back = await eventually(async () => {
			const ready = await probe('ready');
			return ready.status === 200 ? ready : undefined;
		});

		expect(away.reasons.join(' ')).not.toBe('');
		expect(live.status).toBe(200);
		expect(refused.status).toBe(503);
		expect(refused.headers.get('content-type')).toContain('application/problem+json');
		expect(back.reasons).toEqual([]);
	});
});
