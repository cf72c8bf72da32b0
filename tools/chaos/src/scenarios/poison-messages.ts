/** Messages that nobody should have put on a queue, as JSON texts: what PostgreSQL takes and JavaScript cannot say is among them. */
import { randomUUID } from 'node:crypto';
import { oneOf } from '../seeded-random.ts';
import type { Random } from '../seeded-random.ts';

export type PoisonedQueue = 'chaos__commands' | 'chaos__process_replies';

const perQueue = 5;
const megabytes = 2;
const levels = 500;

/** A few of them, drawn by lot. */
export function poisonFor(queue: PoisonedQueue, random: Random): readonly string[] {
	const kinds = [...malformed, ...(queue === 'chaos__commands' ? foreignCommands : foreignReplies)];
	return Array.from({ length: perQueue }, () => oneOf(random, kinds)?.() ?? 'null');
}

const malformed: readonly (() => string)[] = [
	() => 'null',
	() => 'true',
	() => '42',
	() => '"words"',
	() => '[]',
	() => '{}',
	() => '{"command_id": "no id at all", "correlation_id": "none either"}',
	() => '{"command_id": {}, "kind": [], "domain": 7, "data": 1e400}',
	() => '{"__proto__": {"command_id": "polluted"}, "constructor": null}',
	() => `${'['.repeat(levels)}${']'.repeat(levels)}`,
];

const foreignCommands: readonly (() => string)[] = [
	() => commandJson({ domain: 'chaos' }),
	() => commandJson({ domain: 'elsewhere' }),
	() => commandJson({ domain: 'chaos', command_type: 'x'.repeat(10_000) }),
	() => commandJson({ domain: 'chaos', data: 'x'.repeat(megabytes * 2 ** 20) }),
];

const foreignReplies: readonly (() => string)[] = [
	() => replyJson({ kind: 'reply' }),
	() => replyJson({ kind: 'parked' }),
	() => replyJson({ kind: 'resumed' }),
	() => replyJson({ kind: 'something else' }),
	() => replyJson({ kind: 'reply', outcome: 'MAYBE' }),
	() => replyJson({ kind: 'reply', data: 'x'.repeat(megabytes * 2 ** 20) }),
];

function commandJson(fields: Readonly<Record<string, unknown>>): string {
	return JSON.stringify({
		command_id: randomUUID(),
		command_type: 'Look',
		correlation_id: randomUUID(),
		data: { number: 1 },
		...fields,
	});
}

function replyJson(fields: Readonly<Record<string, unknown>>): string {
	return JSON.stringify({
		reply_id: randomUUID(),
		command_id: randomUUID(),
		command_type: 'Reserve',
		domain: 'chaos',
		correlation_id: randomUUID(),
		generation: 1,
		outcome: 'SUCCESS',
		data: { token: 'forged' },
		error: null,
		completed_at: new Date(0).toISOString(),
		...fields,
	});
}
