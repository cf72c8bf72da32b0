/**
 * Addresses: what a domain, a command type, a queue and an id look like. Everything that reaches SQL as a name passes one of
 * these schemas first, so an illegal name fails before any statement is sent.
 */
import { z } from 'zod';

/** A bounded context with one command queue: a lower-case letter, then up to 30 of `a-z 0-9 _`. */
export const DomainSchema = z
	.string()
	.regex(/^[a-z][a-z0-9_]{0,30}$/, 'a domain is a lower-case letter followed by up to 30 of a-z, 0-9 and _');

/** The name of a kind of command, unique in its domain. Up to 128 of letters, digits, `_ . : -`, beginning with a letter. */
export const CommandTypeSchema = z
	.string()
	.regex(
		/^[A-Za-z][A-Za-z0-9_.:-]{0,127}$/,
		'a type begins with a letter and has up to 128 of letters, digits and _ . : -',
	);

/** PGMQ limits a queue name to 47 characters and folds it to lower case, so we ask for lower case at once. */
export const QueueNameSchema = z
	.string()
	.regex(/^[a-z_][a-z0-9_]{0,46}$/, 'a queue name has up to 47 of a-z, 0-9 and _ and does not begin with a digit');

/** Client-supplied ids are UUIDs of any version; version 7 keeps the indexes local and is what we generate. */
export const IdSchema = z.guid('an id is a UUID').transform((id) => id.toLowerCase());

/** A command is addressed by its domain and its id: the same id in another domain is another command. */
export interface CommandAddress {
	readonly domain: string;
	readonly commandId: string;
}

/** PGMQ's own limit on the length of a queue name. */
const maxQueueNameLength = 47;

/** The three queues that come with a domain. */
export interface DomainQueues {
	readonly commands: string;
	readonly replies: string;
	readonly processReplies: string;
}

/**
 * Names of a domain's queues. `<domain>__process_replies` of a domain of 31 characters is one longer than PGMQ allows and loses
 * its last letter; no other queue of any domain can have that name.
 */
export function domainQueues(domain: string): DomainQueues {
	return {
		commands: `${domain}__commands`,
		replies: `${domain}__replies`,
		processReplies: `${domain}__process_replies`.slice(0, maxQueueNameLength),
	};
}
