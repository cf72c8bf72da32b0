/** First act: transfers come in over HTTP, commands fail in every way, and a worker is killed in the middle of it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { readProgress } from '../statements/read-progress.ts';
import type { Progress } from '../statements/read-progress.ts';
import { placeTransfers } from './place-transfers.ts';
import type { Placing } from './place-transfers.ts';
import { killAfterShare } from './settings.ts';
import type { Stage } from './stage.ts';
import { untilSettled } from './until-settled.ts';

const lookEveryMs = 50;

/** Resolves with what happened, once nothing moves any more; `isSettled` is false when `deadline` came first. */
export async function playTransfers(
	stage: Stage,
	deadline: AbortSignal,
): Promise<{ readonly isSettled: boolean; readonly event: string }> {
	const { engine, said, say, url } = stage;
	const placing = placeTransfers(url, said, deadline);
	let isAllPlaced = false;
	const watching = untilSettled({
		database: engine.database,
		signal: deadline,
		isAllSent: () => isAllPlaced,
		tell: (progress) => {
			say(lineOf(progress, said.transfers));
		},
	});
	const killing = killWorker({ stage, placing, deadline });
	await placing.done;
	isAllPlaced = true;
	const event = await killing;
	return { isSettled: await watching, event };
}

interface Killing {
	readonly stage: Stage;
	readonly placing: Placing;
	readonly deadline: AbortSignal;
}

/** Waits until a worker has its hands full, kills it, and hires another one. */
async function killWorker({ stage, placing, deadline }: Killing): Promise<string> {
	const { engine, said, crew, say } = stage;
	for (let isBusy = false; !isBusy;) {
		await sleep(lookEveryMs);
		if (deadline.aborted) return 'no worker was killed: the time was over before';
		if (placing.acceptedCount() < said.transfers * killAfterShare) continue;
		isBusy = (await readProgress(engine.database)).inFlightCount > 0;
	}
	const victim = await crew.kill('worker');
	const { inFlightCount } = await readProgress(engine.database);
	const successor = await crew.hire('worker');
	const event =
		`worker ${String(victim.pid)} was killed with SIGKILL while ${String(inFlightCount)} commands were leased, ` +
		`process ${String(successor.pid)} took its place`;
	say(event);
	return event;
}

function lineOf(progress: Progress, transfers: number): string {
	const { transferCount, sentCount, completedCount, failedCount, parkedCount, liveCount } = progress;
	return (
		`${String(transferCount)} of ${String(transfers)} transfers, ${String(sentCount)} commands: ` +
		`${String(completedCount)} completed, ${String(failedCount)} failed, ${String(parkedCount)} parked, ${String(liveCount)} under way`
	);
}
