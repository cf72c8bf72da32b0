/** Domains and the queues that come with them. */
import { DomainSchema, QueueNameSchema, parseArgument } from '@cb/core';
import type { DomainStore } from '@cb/core';
import type { Database } from './database.ts';
import { createDomain, createReplyQueue, listDomains, readActivity, readStatistics } from './statements/domains.ts';

export function createDomainStore(database: Database): DomainStore {
	return {
		async create(domain) {
			const name = parseArgument(DomainSchema, domain, 'The domain');
			return database.runRepeatable((db) => createDomain(db, name));
		},
		list: () => database.runRepeatable(listDomains),
		statistics: (domain) => database.runRepeatable((db) => readStatistics(db, domain)),
		activity: () => database.runRepeatable(readActivity),
		async createReplyQueue(queue) {
			const name = parseArgument(QueueNameSchema, queue, 'The queue name');
			return database.runRepeatable((db) => createReplyQueue(db, name));
		},
	};
}
