/** `cb replies`: answers that no process could handle. */
import type { Command } from 'commander';
import type { UnhandledReply } from '@cb/core';
import type { Context } from '../context.ts';
import { examples } from '../examples.ts';
import { defaultLimit, limitFlag } from '../flags/page.ts';
import type { Screen } from '../output.ts';
import type { Execute, Result } from '../result.ts';
import { countText } from '../view/count.ts';
import { cleanLine } from '../view/clean.ts';
import { jsonBlock, record } from '../view/record.ts';
import { table } from '../view/table.ts';
import { ageText, momentWithAge } from '../view/time.ts';

interface UnhandledFlags {
	readonly queue?: string | undefined;
	readonly limit: number;
	readonly full?: true | undefined;
}

export function addRepliesCommands(program: Command, execute: Execute): void {
	const replies = program
		.command('replies')
		.description('Look at answers to processes that went astray')
		.addHelpText('after', examples('cb replies unhandled'));
	replies
		.command('unhandled')
		.description('List replies that no process could handle, newest first; they were set aside, not lost')
		.option('--queue <queue>', 'only of this reply queue')
		.addOption(limitFlag())
		.option('--full', 'show the whole bodies')
		.addHelpText(
			'after',
			examples('cb replies unhandled', 'cb replies unhandled --queue reports__process_replies --full'),
		)
		.action((flags: UnhandledFlags) => execute((context) => listUnhandled(context, flags)));
}

async function listUnhandled(context: Context, { queue, limit, full }: UnhandledFlags): Promise<Result> {
	const backend = await context.backend();
	const replies = await backend.replies.listUnhandled(queue, limit);
	return {
		data: replies,
		text: (screen) => {
			if (replies.length === 0) return 'No unhandled reply.';
			return full === true ? fullText(screen, replies) : summary(screen, replies);
		},
		hints:
			replies.length === limit && limit >= defaultLimit
				? [`Only the newest ${countText(limit)}: say --limit for more.`]
				: [],
	};
}

function summary(screen: Screen, replies: readonly UnhandledReply[]): Promise<string> {
	return table(
		screen,
		[
			{ heading: 'AGE', cell: ({ at }) => ageText(at, screen.now), align: 'right' },
			{ heading: 'QUEUE', cell: ({ queue }) => queue, minimum: 12 },
			{ heading: 'MESSAGE', cell: ({ messageId }) => messageId, align: 'right' },
			{ heading: 'REASON', cell: ({ reason }) => reason, minimum: 16 },
		],
		replies,
	);
}

function fullText(screen: Screen, replies: readonly UnhandledReply[]): string {
	return replies
		.map(({ queue, messageId, reason, body, at }) =>
			record(screen, [
				['Message', `${queue} ${messageId}`],
				['Set aside', momentWithAge(at, screen.now)],
				['Reason', cleanLine(reason)],
				['Body', jsonBlock(body)],
			]),
		)
		.join('\n\n');
}
