/** Whether anything still has to happen by itself. */
import { domainQueues } from '@cb/core';
import { domain } from './cast/shop.ts';
import type { World } from './world.ts';

/** Empty when everything that can end has ended. What is cheap to know is asked first, because it is asked often. */
export async function unrest(world: World): Promise<readonly string[]> {
	const reasons = [...world.components].flatMap((component) => component.complaints());
	if (world.openScripts > 0) reasons.push(`${world.openScripts} scripts are not over`);
	if (reasons.length > 0) return reasons;
	return [...(await unrestOfQueues(world)), ...(await unrestOfBulks(world)), ...(await unrestOfBatches(world))];
}

async function unrestOfQueues({ subject }: World): Promise<readonly string[]> {
	const { commands, processReplies } = domainQueues(domain);
	const counts = [
		{ what: 'commands', count: (await subject.messages(commands)).length },
		{ what: 'answers to processes', count: (await subject.messages(processReplies)).length },
	];
	return counts.flatMap(({ what, count }) => (count > 0 ? [`${count} ${what} are on their queue`] : []));
}

async function unrestOfBulks({ subject, scenario }: World): Promise<readonly string[]> {
	if (scenario.runnerCount === 0) return [];
	const { items } = await subject.backend.troubleshooting.listBulks({});
	return items.some(({ status }) => status === 'RUNNING') ? ['a bulk still runs'] : [];
}

async function unrestOfBatches({ subject, ledger }: World): Promise<readonly string[]> {
	const { items } = await subject.backend.batches.list({}, {});
	return items.flatMap(({ batchId, totalCount, completedCount, failedCount, canceledCount, completedAt }) => {
		if (completedCount + failedCount + canceledCount < totalCount) return [];
		const isTold = ledger.batchCalls.get(batchId) !== 0;
		if (completedAt === null) return ['a batch is over and not finished'];
		return isTold ? [] : ['a listener waits for its batch'];
	});
}
