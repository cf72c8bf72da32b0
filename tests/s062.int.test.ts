/** S062: every acceptance criterion and every line of its verification, by name, with a real worker, a real router and operators. */
import { BusinessRuleError, PermanentCommandError, TransientCommandError } from '@cb/core';
import { freshDatabase } from '@cb/test-postgres/vitest';
import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { openReportOffice } from './src/report-office.ts';
import { openScene } from './src/scene.ts';
import { CompensatingReport, StatementReport, defineReport, domain } from './src/statement-report.ts';

const Patient = defineReport({ type: 'PatientReport', onCompensationFailure: 'wait' });
const scene = await openScene(await freshDatabase());
const office = await openReportOffice(scene, [StatementReport, CompensatingReport, Patient]);
const { manager, tsq, fail, mend, reaches, start, parkedAt, steps, trail, ran } = office;
const operator = { id: 'olga' };
const permanent = new PermanentCommandError('DISK_FULL', 'No space left.');
let account: string;

beforeEach(() => {
	mend();
	account = randomUUID();
});

/** A process whose MAIL waits for an operator, after QUERY, AGGREGATE and RENDER. */
async function parkedAtMail(): Promise<{
	readonly processId: string;
	readonly mail: { domain: string; commandId: string };
}> {
	fail('Mail', permanent);
	const processId = await start(account);
	return { processId, mail: { ...(await parkedAt(processId, 'MAIL')) } };
}

async function statusOf(processId: string): Promise<string | undefined> {
	return (await manager.get(processId))?.process.status;
}

describe('S062 acceptance criteria', () => {
	it('AC1: Failed Reply Handling: the process is FAILED with the error code and message, for good', async () => {
		fail('Aggregate', new BusinessRuleError('ACCOUNT_CLOSED', 'Closed since May.'));
		const processId = await start(account);
		await reaches(processId, 'FAILED');

		const found = await manager.get(processId);

		expect(found?.process).toMatchObject({
			status: 'FAILED',
			error: { code: 'ACCOUNT_CLOSED', message: 'Closed since May.' },
			currentStep: null,
		});
		expect(found?.process.completedAt).toBeInstanceOf(Date);
		expect(await steps(processId)).toEqual(['QUERY SUCCEEDED', 'AGGREGATE FAILED']);
		expect(await scene.bus.get({ domain, commandId: found?.steps[1]?.commandId ?? '' })).toMatchObject({
			status: 'FAILED',
		});
	});

	it.each([
		['permanent failure', new PermanentCommandError('DISK_FULL', 'No space left.'), 1],
		['retries exhausted', new TransientCommandError('DISK_BUSY', 'Try again.'), 2],
	])(
		'AC2: TSQ Integration: %s: the process is WAITING_FOR_TSQ with the error of the command',
		async (_, error, attempts) => {
			fail('Render', error);
			const processId = await start(account);
			await reaches(processId, 'WAITING_FOR_TSQ');

			const { items } = await tsq.list({ domain, text: processId });

			expect((await manager.get(processId))?.process).toMatchObject({
				currentStep: 'RENDER',
				error: { code: error.code, message: error.message },
			});
			expect(items).toMatchObject([{ commandType: 'Render', processId, correlationId: processId, attempts }]);
			expect(await steps(processId)).toEqual(['QUERY SUCCEEDED', 'AGGREGATE SUCCEEDED', 'RENDER PARKED']);
		},
	);

	it('AC3: TSQ Complete Resolution: the result of the operator reaches the process, which continues normally', async () => {
		fail('Render', permanent);
		const processId = await start(account);
		const render = await parkedAt(processId, 'RENDER');

		await tsq.complete({ ...render, operator, result: { file: 'by-hand.pdf' } });
		await reaches(processId, 'COMPLETED');

		const found = await manager.get(processId);
		expect(found?.process).toMatchObject({ state: { file: 'by-hand.pdf' }, error: null });
		const mail = found?.steps.at(-1);
		expect(mail).toMatchObject({ step: 'MAIL', status: 'SUCCEEDED', position: 4 });
		expect((await tsq.get({ domain, commandId: mail?.commandId ?? '' })).command).toMatchObject({
			status: 'COMPLETED',
		});
		expect(ran(account)).toEqual(['Query', 'Aggregate', 'Mail']);
	});

	it('AC4: TSQ Cancel Resolution: compensation runs for completed steps, and the reason stays on the process', async () => {
		const { processId, mail } = await parkedAtMail();

		await tsq.cancel({ ...mail, operator, reason: 'customer has left' });
		await reaches(processId, 'COMPENSATED');

		expect((await manager.get(processId))?.process).toMatchObject({
			error: { code: 'CANCELED', message: 'customer has left' },
			compensationErrors: 0,
		});
		expect(await steps(processId)).toEqual([
			'QUERY SUCCEEDED',
			'AGGREGATE SUCCEEDED',
			'RENDER SUCCEEDED',
			'MAIL CANCELED',
			'DELETE_RENDER SUCCEEDED',
			'DROP_TOTALS SUCCEEDED',
		]);
		expect(await trail(processId)).toContain('COMPENSATION_PLANNED');
	});

	it('AC5: Compensation Flow: completed steps in reverse order, one awaited undo at a time, then COMPENSATED', async () => {
		const { processId, mail } = await parkedAtMail();

		await tsq.cancel({ ...mail, operator, reason: 'x' });
		await reaches(processId, 'COMPENSATED');

		const undos = (await manager.get(processId))?.steps.filter(({ kind }) => kind === 'undo') ?? [];
		expect(undos.map(({ undoes }) => undoes)).toEqual(['RENDER', 'AGGREGATE']);
		const [first, second] = undos;
		expect(second?.sentAt.getTime()).toBeGreaterThanOrEqual(first?.answeredAt?.getTime() ?? Infinity);
		expect(ran(account)).toEqual(['Query', 'Aggregate', 'Render', 'DeleteRender', 'DropTotals']);
		expect((await trail(processId)).slice(-5)).toEqual([
			'STEP_SENT DELETE_RENDER',
			'STEP_ANSWERED DELETE_RENDER',
			'STEP_SENT DROP_TOTALS',
			'STEP_ANSWERED DROP_TOTALS',
			'COMPENSATED',
		]);
	});

	it('AC6: No Compensation Defined: such a step is skipped, and with nothing else to undo it is COMPENSATED at once', async () => {
		fail('Aggregate', permanent);
		const processId = await start(account);
		const aggregate = await parkedAt(processId, 'AGGREGATE');

		await tsq.cancel({ ...aggregate, operator, reason: 'x' });
		await reaches(processId, 'COMPENSATED');

		expect(await steps(processId)).toEqual(['QUERY SUCCEEDED', 'AGGREGATE CANCELED']);
		expect(ran(account)).toEqual(['Query']);
	});

	it.each([
		['fails by a business rule', new BusinessRuleError('FILE_GONE', 'There is no file.'), 'FAILED'],
		['is parked', new PermanentCommandError('FILE_LOCKED', 'Somebody reads it.'), 'PARKED'],
	])('AC7: Compensation Failure: an undo that %s is recorded and compensation continues', async (_, error, status) => {
		const { processId, mail } = await parkedAtMail();
		fail('DeleteRender', error);

		await tsq.cancel({ ...mail, operator, reason: 'x' });
		await reaches(processId, 'COMPENSATED');

		expect((await manager.get(processId))?.process).toMatchObject({ compensationErrors: 1 });
		expect((await steps(processId)).slice(4)).toEqual([`DELETE_RENDER ${status}`, 'DROP_TOTALS SUCCEEDED']);
		expect(await office.step(processId, 'DELETE_RENDER')).toMatchObject({ error: { code: error.code } });
		expect(await trail(processId)).toContain('COMPENSATION_FAILED DELETE_RENDER');
	});

	it('AC7: a parked undo stays in the Troubleshooting Queue, and its later resolution corrects the record', async () => {
		const { processId, mail } = await parkedAtMail();
		fail('DeleteRender', permanent);
		await tsq.cancel({ ...mail, operator, reason: 'x' });
		await reaches(processId, 'COMPENSATED');
		const undo = await parkedAt(processId, 'DELETE_RENDER');
		const endedAt = (await manager.get(processId))?.process.completedAt;
		mend('DeleteRender');

		await tsq.retry({ ...undo, operator });

		await expect.poll(() => trail(processId)).toContain('COMPENSATION_CORRECTED DELETE_RENDER');
		expect((await manager.get(processId))?.process).toMatchObject({
			status: 'COMPENSATED',
			compensationErrors: 0,
			completedAt: endedAt,
		});
	});
});

describe('S062 verification', () => {
	it('FAILED reply sets process to FAILED status', async () => {
		fail('Query', new BusinessRuleError('NO_SUCH_ACCOUNT', 'Nobody knows it.'));
		const processId = await start(account);

		await reaches(processId, 'FAILED');

		expect(await trail(processId)).toEqual(['STARTED', 'STEP_SENT QUERY', 'STEP_ANSWERED QUERY', 'FAILED']);
		expect(await scene.count('select count(*) from cb.command where correlation_id = $1::uuid', [processId])).toBe(1);
	});

	it('WAITING_FOR_TSQ status set when command goes to TSQ', async () => {
		fail('Query', permanent);
		const processId = await start(account);
		await reaches(processId, 'WAITING_FOR_TSQ');
		mend();

		await tsq.retry({ ...(await parkedAt(processId, 'QUERY')), operator });
		await reaches(processId, 'COMPLETED');

		expect((await trail(processId)).slice(0, 5)).toEqual([
			'STARTED',
			'STEP_SENT QUERY',
			'STEP_PARKED QUERY',
			'STEP_RESUMED QUERY',
			'STEP_ANSWERED QUERY',
		]);
	});

	it('TSQ complete allows process to continue', async () => {
		fail('Query', permanent);
		const processId = await start(account);

		await tsq.complete({ ...(await parkedAt(processId, 'QUERY')), operator, result: { rows: 7 } });
		await reaches(processId, 'COMPLETED');

		expect((await manager.get(processId))?.process.state).toMatchObject({ rows: 7 });
		expect(ran(account)).toEqual(['Aggregate', 'Render', 'Mail']);
	});

	it('TSQ cancel triggers compensation', async () => {
		const { processId, mail } = await parkedAtMail();
		expect(await statusOf(processId)).toBe('WAITING_FOR_TSQ');

		await tsq.cancel({ ...mail, operator, reason: 'x' });
		await reaches(processId, 'COMPENSATED');

		expect(ran(account)).toContain('DeleteRender');
	});

	it('Compensation runs in reverse order', async () => {
		fail('Mail', new BusinessRuleError('NO_ADDRESS', 'Nowhere to send it.'));

		const processId = await start(account, CompensatingReport);
		await reaches(processId, 'COMPENSATED');

		expect(ran(account)).toEqual(['Query', 'Aggregate', 'Render', 'DeleteRender', 'DropTotals']);
		expect((await manager.get(processId))?.process.error).toMatchObject({ code: 'NO_ADDRESS' });
	});

	it('Missing compensations are skipped', async () => {
		fail('Render', permanent);
		const processId = await start(account);

		await tsq.cancel({ ...(await parkedAt(processId, 'RENDER')), operator, reason: 'x' });
		await reaches(processId, 'COMPENSATED');

		expect(ran(account)).toEqual(['Query', 'Aggregate', 'DropTotals']);
	});
});

describe('S062 with onCompensationFailure: wait', () => {
	it('P11: the plan waits at a parked undo, and goes on when the operator has completed it', async () => {
		fail('Mail', permanent);
		const processId = await start(account, Patient);
		const mail = await parkedAt(processId, 'MAIL');
		fail('DeleteRender', permanent);
		await tsq.cancel({ ...mail, operator, reason: 'x' });
		const undo = await parkedAt(processId, 'DELETE_RENDER');
		expect(await statusOf(processId)).toBe('WAITING_FOR_TSQ');
		expect(ran(account)).not.toContain('DropTotals');

		await tsq.complete({ ...undo, operator });
		await reaches(processId, 'COMPENSATED');

		expect((await steps(processId)).slice(4)).toEqual(['DELETE_RENDER SUCCEEDED', 'DROP_TOTALS SUCCEEDED']);
		expect((await manager.get(processId))?.process.compensationErrors).toBe(0);
	});
});
