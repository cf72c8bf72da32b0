/** Second act: reports and orders start, their steps fail in every way, and the router is killed in the middle of it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isProcessTerminal, processStatuses } from '@cb/core';
import { v7 as newId } from 'uuid';
import { seededRandom } from '../failures/attempt-random.ts';
import { PaymentOrder } from '../orders/payment-order.ts';
import { sampleCustomers, sampleTransfer } from '../payments/sample-transfers.ts';
import { StatementReport } from '../reporting/statement-report.ts';
import { readProgress } from '../statements/read-progress.ts';
import type { Progress } from '../statements/read-progress.ts';
import { customerCount, killRouterAfterShare } from './settings.ts';
import type { Stage } from './stage.ts';
import { untilSettled } from './until-settled.ts';

const lookEveryMs = 100;
const accountsPerReport = 5;

/** Resolves once nothing moves any more; `isSettled` is false when `deadline` came first. */
export async function playProcesses(
	stage: Stage,
	deadline: AbortSignal,
): Promise<{ readonly isSettled: boolean; readonly event: string }> {
	const { engine, crew, say, said } = stage;
	await crew.hire('router');
	await startAll(stage);
	say(`${String(said.processes)} processes have started.`);
	const event = await killRouter(stage, deadline);
	const isSettled = await untilSettled({
		database: engine.database,
		signal: deadline,
		isAllSent: () => true,
		tell: (progress) => {
			say(lineOf(progress, said.processes));
		},
	});
	return { isSettled, event };
}

async function startAll({ engine, said }: Stage): Promise<void> {
	const random = seededRandom(`processes ${said.seed}`);
	const accounts = sampleCustomers(customerCount).map(({ accountId }) => accountId);
	const reportCount = Math.floor(said.processes / 2);
	const reports = Array.from({ length: reportCount }, (_, index) => {
		const first = Math.floor(random() * (accounts.length - accountsPerReport));
		return { title: `Statement ${String(index + 1)}`, accountIds: accounts.slice(first, first + accountsPerReport) };
	});
	const orders = Array.from({ length: said.processes - reportCount }, () => {
		const { transferId: orderId, fromAccount, toAccount, amountCents } = sampleTransfer(customerCount, random);
		return { orderId, fromAccount, toAccount, amountCents };
	});
	const { processes } = engine;
	await processes.startMany(StatementReport, reports, { batch: { batchId: newId(), name: 'monthly statements' } });
	await processes.startMany(PaymentOrder, orders, { batch: { batchId: newId(), name: 'standing orders' } });
}

/** Waits until some processes have ended and answers lie ready, kills the router, and hires another one. */
async function killRouter({ engine, said, crew, say }: Stage, deadline: AbortSignal): Promise<string> {
	for (;;) {
		const progress = await readProgress(engine.database);
		if (deadline.aborted) return 'no router was killed: the time was over before';
		if (endedCount(progress) >= said.processes * killRouterAfterShare) break;
		await sleep(lookEveryMs);
	}
	const victim = await crew.kill('router');
	const progress = await readProgress(engine.database);
	const successor = await crew.hire('router');
	const event =
		`router ${String(victim.pid)} was killed with SIGKILL when ${String(endedCount(progress))} of ${String(said.processes)} processes ` +
		`had ended and ${String(progress.unreadReplyCount)} answers were unread, process ${String(successor.pid)} took its place`;
	say(event);
	return event;
}

function endedCount({ processes }: Progress): number {
	const ended = processStatuses.filter((status) => isProcessTerminal(status));
	return ended.reduce((sum, status) => sum + (processes[status] ?? 0), 0);
}

function lineOf(progress: Progress, total: number): string {
	const counts = Object.entries(progress.processes).map(([status, count]) => `${String(count)} ${status}`);
	return `${String(total)} processes: ${counts.join(', ')}; ${String(progress.liveCount)} commands under way`;
}
