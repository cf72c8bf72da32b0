import { describe, expect, it } from 'vitest';
import { CommandTypeSchema, DomainSchema, IdSchema, QueueNameSchema, domainQueues } from './ids.ts';

const longestDomain = `d${'x'.repeat(30)}`;

describe('names that reach the database', () => {
	it.each(['p', 'payments', 'eu_payments_2', longestDomain])('A13 takes %s for a domain', (domain) => {
		expect(DomainSchema.safeParse(domain).success).toBe(true);
	});

	it.each([
		'',
		'Payments',
		'2payments',
		'_payments',
		'pay-ments',
		'pay.ments',
		"x'; drop table",
		'zahlungén',
		`${longestDomain}x`,
		'a\n',
	])('A13 refuses %j as a domain', (domain) => {
		expect(DomainSchema.safeParse(domain).success).toBe(false);
	});

	it('gives a domain three different queues with names that PGMQ takes', () => {
		for (const domain of ['p', 'payments', longestDomain]) {
			const { commands, replies, processReplies } = domainQueues(domain);
			const queues = [commands, replies, processReplies];

			expect(new Set(queues).size).toBe(3);
			for (const queue of queues) expect(QueueNameSchema.safeParse(queue).success, queue).toBe(true);
		}
		expect(domainQueues('payments')).toEqual({
			commands: 'payments__commands',
			replies: 'payments__replies',
			processReplies: 'payments__process_replies',
		});
	});

	it('cuts the one name that is too long to 47 characters, and to no name of another queue', () => {
		const { processReplies, commands, replies } = domainQueues(longestDomain);

		expect(processReplies).toHaveLength(47);
		expect(processReplies.startsWith(`${longestDomain}__process`)).toBe(true);
		expect([commands, replies]).not.toContain(processReplies);
	});

	it.each(['web_replies', '_internal', 'a'.repeat(47)])('takes %s for a queue', (queue) => {
		expect(QueueNameSchema.safeParse(queue).success).toBe(true);
	});

	it.each(['', 'Web', '1st', 'a-b', 'a'.repeat(48), 'a"b'])('refuses %j as a queue', (queue) => {
		expect(QueueNameSchema.safeParse(queue).success).toBe(false);
	});

	it.each(['Charge', 'payments.Charge:v2', 'a-b_c', `T${'x'.repeat(127)}`])('takes %s for a command type', (type) => {
		expect(CommandTypeSchema.safeParse(type).success).toBe(true);
	});

	it.each(['', '2nd', ' Charge', 'Charge now', 'Überweisung', `T${'x'.repeat(128)}`])(
		'refuses %j as a command type',
		(type) => {
			expect(CommandTypeSchema.safeParse(type).success).toBe(false);
		},
	);
});

describe('ids', () => {
	it('are UUIDs of any version, in lower case', () => {
		expect(IdSchema.parse('0198C3F0-1111-7ABC-8DEF-0123456789AB')).toBe('0198c3f0-1111-7abc-8def-0123456789ab');
		expect(IdSchema.parse('00000000-0000-0000-0000-000000000001')).toBe('00000000-0000-0000-0000-000000000001');
	});

	it.each(['', '17', '0198c3f011117abc8def0123456789ab', '0198c3f0-1111-7abc-8def-0123456789ag', null])(
		'refuses %j',
		(id) => {
			expect(IdSchema.safeParse(id).success).toBe(false);
		},
	);
});
