import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startDemo } from './demo-process.ts';
import type { DemoProcess } from './demo-process.ts';

const ReportSchema = z.strictObject({
	ok: z.boolean(),
	sent: z.int(),
	completed: z.int(),
	failed: z.int(),
	canceled: z.int(),
	parked: z.int(),
	lost: z.int(),
	doubled: z.int(),
	stuck: z.int(),
	replies: z.int(),
	processes: z.record(z.string(), z.int()),
	throughputPerSecond: z.number(),
	latencyMs: z.strictObject({ p50: z.number(), p95: z.number(), p99: z.number() }),
});

let demo: DemoProcess | undefined;

afterEach(async () => {
	await demo?.cleanUp();
});

describe('the scenario', () => {
	it('R6: holds every invariant although a worker is killed, and reports it as one line of JSON', async () => {
		demo = startDemo(['scenario', '--transfers', '200', '--processes', '40', '--json', '--seed', 'e2e'], {
			environment: { CB_DEMO_FAILURES: 'default=5/15/5/1,RefundAccount=0,DeleteRender=2/5' },
		});

		const code = await demo.ended;
		const { stdout, stderr } = demo.output();
		const report = ReportSchema.parse(JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? ''));

		expect(code, stderr).toBe(0);
		expect(report).toMatchObject({ ok: true, lost: 0, doubled: 0, stuck: 0 });
		expect(report.sent).toBeGreaterThanOrEqual(200);
		expect(report.completed + report.failed + report.canceled + report.parked).toBe(report.sent);
		expect(report.replies).toBe(report.sent - report.parked);
		expect(report.parked).toBe(0);
		expect(Object.keys(report.processes)).not.toContain('WAITING_FOR_TSQ');
		expect(Object.values(report.processes).reduce((sum, count) => sum + count, 0)).toBe(40);
		expect(stderr).toMatch(/worker \d+ was killed with SIGKILL/);
		expect(stderr).toMatch(/router \d+ was killed with SIGKILL/);
		expect(stderr).toMatch(/the operator worked off \d+ parked commands/);
		expect(demo.survivors()).toEqual([]);
	});

	it('ends within seconds when it is interrupted, and leaves no process behind', async () => {
		demo = startDemo(['scenario', '--transfers', '5000']);
		await demo.says(/Two workers run/);

		demo.child.kill('SIGINT');

		expect(await demo.ended).toBe(130);
		expect(demo.survivors()).toEqual([]);
	});

	it('leaves no process behind when it is killed itself', async () => {
		demo = startDemo(['scenario', '--transfers', '5000']);
		await demo.says(/Two workers run/);

		demo.child.kill('SIGKILL');
		await demo.ended;

		for (let round = 0; round < 300 && demo.survivors().length > 0; round++) await sleep(100);
		expect(demo.survivors()).toEqual([]);
	});
});
