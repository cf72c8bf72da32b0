import { describe, expect, it } from 'vitest';
import { queueHealth } from '../src/index.ts';
import type { HealthKind, QueueHealthReport } from '../src/index.ts';
import { domain, openQueue, park, parkMany, receive, send } from './scenario.ts';

function findingOf(report: QueueHealthReport, kind: HealthKind, of = domain): QueueHealthReport['findings'][number] {
	const found = report.findings.find((finding) => finding.domain === of && finding.kind === kind);
	return found ?? expect.fail(`no finding ${kind}`);
}

describe('queueHealth', () => {
	it('is ok with every kind of finding for every domain when nothing is wrong', async () => {
		const { backend } = await openQueue();

		const report = await queueHealth(backend);

		expect(report.overall).toBe('ok');
		expect(report.findings).toHaveLength(10);
		expect(report.findings.every(({ severity }) => severity === 'ok')).toBe(true);
		expect(report.statistics.map((statistics) => statistics.domain)).toEqual([domain, 'reports']);
	});

	it('warns of depth and tells what to do', async () => {
		const scenario = await openQueue();
		for (let index = 0; index < 3; index++) await send(scenario);

		const report = await queueHealth(scenario.backend, { depth: { warning: 3, critical: 4 } });

		expect(report.overall).toBe('warning');
		expect(report.findings[0]).toMatchObject({ domain, kind: 'depth', severity: 'warning', value: 3, threshold: 3 });
		expect(report.findings[0]?.advice).toMatch(/workers of "payments"/);
	});

	it('measures the oldest due command in seconds', async () => {
		const scenario = await openQueue();
		await send(scenario);
		await scenario.subject.elapse(700_000);

		const finding = findingOf(await queueHealth(scenario.backend), 'oldest-age');

		expect(finding).toMatchObject({ severity: 'critical', value: 700, threshold: 600 });
	});

	it('sees leases that ran out', async () => {
		const scenario = await openQueue();
		await send(scenario);
		await receive(scenario);
		expect(findingOf(await queueHealth(scenario.backend), 'stalled-leases').severity).toBe('ok');
		await scenario.subject.elapse(60_000);

		expect(findingOf(await queueHealth(scenario.backend), 'stalled-leases')).toMatchObject({
			severity: 'warning',
			value: 1,
		});
	});

	it('counts parked commands, in all and within the last hour', async () => {
		const scenario = await openQueue();
		await parkMany(scenario, 2);
		await scenario.subject.elapse(3_700_000);
		await park(scenario);

		const report = await queueHealth(scenario.backend, { 'parked-rate': { warning: 1, critical: 5 } });

		expect(findingOf(report, 'parked-count')).toMatchObject({ severity: 'warning', value: 3 });
		expect(findingOf(report, 'parked-rate')).toMatchObject({ severity: 'warning', value: 1 });
		expect(findingOf(report, 'parked-count', 'reports').severity).toBe('ok');
	});

	it('looks at one domain only where asked, and shows what is in flight', async () => {
		const scenario = await openQueue();
		await send(scenario);
		await receive(scenario);

		const report = await queueHealth(scenario.backend, { domain });

		expect(report.statistics).toMatchObject([{ domain, inFlightCount: 1, depth: 1 }]);
		expect(await queueHealth(scenario.backend, { domain: 'nowhere' })).toEqual({
			overall: 'ok',
			findings: [],
			statistics: [],
		});
	});

	it.each([
		{ depth: { warning: 2, critical: 1 } },
		{ depth: { warning: 0, critical: 1 } },
		{ dept: { warning: 1, critical: 2 } },
		{ domain: 'No' },
	])('refuses the thresholds %j', async (options) => {
		const { backend } = await openQueue();

		await expect(queueHealth(backend, options)).rejects.toMatchObject({ code: 'invalid-argument' });
	});
});
