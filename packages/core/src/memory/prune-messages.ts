/** Archived messages that nothing needs any more, and replies that were set aside. */
import { domainQueues } from '../model/ids.ts';
import type { UnhandledReply } from '../ports/reply-channel.ts';
import { commandsOf, ageRule, domainsOf } from './prune-rule.ts';
import type { Rule } from './prune-rule.ts';
import { currentMessageId } from './command-rows.ts';
import type { ArchivedRow, CommandRow } from './rows.ts';
import type { Step } from './state.ts';

interface ArchivedCommand extends ArchivedRow {
	readonly queue: string;
	/** The command whose message this was; undefined for a stray one. */
	readonly owner: CommandRow | undefined;
}

export const messageRule: Rule<ArchivedCommand> = {
	all(step) {
		return domainsOf(step).flatMap((domain) => {
			const queue = domainQueues(domain).commands;
			const owners = commandsOf(step).filter((row) => row.domain === domain);
			return [...step.in('archive', queue).all()].map((message) => ({
				...message,
				queue,
				owner: owners.find(({ messageIds }) => messageIds.includes(message.messageId)),
			}));
		});
	},
	since: ({ archivedAt }) => archivedAt,
	idOf: ({ queue, messageId }) => `${queue}/${messageId}`,
	isOver: (_step, { owner, messageId }) =>
		owner === undefined || (owner.completedAt !== null && currentMessageId(owner) === messageId),
	remove(step, { queue, messageId }) {
		step.in('archive', queue).remove(messageId);
		return 1;
	},
};

export const replyRule: Rule<UnhandledReply> = ageRule({
	all: (step) => step.in('unhandled').all(),
	since: ({ at }) => at,
	idOf: replyKey,
	remove(step: Step, reply: UnhandledReply) {
		const archive = step.in('archive', reply.queue);
		const isArchived = archive.get(reply.messageId) !== undefined;
		archive.remove(reply.messageId);
		step.in('unhandled').remove(replyKey(reply));
		return isArchived ? 2 : 1;
	},
});

function replyKey({ queue, messageId }: UnhandledReply): string {
	return `${queue}/${messageId}`;
}
