import { isCommandBusError } from '@cb/core';
import { describe, expect, it } from 'vitest';
import { parseHosts } from './parse-hosts.ts';

const urlsOf = (connection: string): readonly unknown[] =>
	parseHosts(connection).configs.map(({ connectionString }) => connectionString);

describe('several hosts in a connection string, as libpq writes them', () => {
	const read: readonly (readonly [connection: string, urls: readonly string[]])[] = [
		[
			'postgres://ada@db1:5432,db2:5433/shop?target_session_attrs=read-write',
			[
				'postgres://ada@db1:5432/shop?target_session_attrs=read-write',
				'postgres://ada@db2:5433/shop?target_session_attrs=read-write',
			],
		],
		['postgresql://db1,db2,db3/shop', ['postgresql://db1/shop', 'postgresql://db2/shop', 'postgresql://db3/shop']],
		['postgres://ada:a,b%40c@db1,db2:1/x', ['postgres://ada:a,b%40c@db1/x', 'postgres://ada:a,b%40c@db2:1/x']],
		['postgres://[::1]:5432,[::2]/x', ['postgres://[::1]:5432/x', 'postgres://[::2]/x']],
		['postgres://db1,db2', ['postgres://db1', 'postgres://db2']],
		['postgres://db1,db2?application_name=a,b', ['db1', 'db2'].map((db) => `postgres://${db}?application_name=a,b`)],
	];

	it.each(read)('%s', (connection, urls) => {
		expect(urlsOf(connection)).toEqual(urls);
		expect(parseHosts(connection).mustTakeWrites).toBe(true);
	});

	it('keeps the other settings of a client for each host', () => {
		const { configs } = parseHosts({ connectionString: 'postgres://db1,db2/x', ssl: true });

		expect(configs).toEqual([
			{ connectionString: 'postgres://db1/x', ssl: true },
			{ connectionString: 'postgres://db2/x', ssl: true },
		]);
	});
});

describe('several hosts in the settings of a client', () => {
	it('share its port unless they have one of their own', () => {
		const { configs, mustTakeWrites } = parseHosts({ host: 'db1, db2:5433,[::1]:5434', port: 5432, user: 'ada' });

		expect(configs).toEqual([
			{ host: 'db1', port: 5432, user: 'ada' },
			{ host: 'db2', port: 5433, user: 'ada' },
			{ host: '::1', port: 5434, user: 'ada' },
		]);
		expect(mustTakeWrites).toBe(true);
	});
});

describe('one host', () => {
	it.each(['postgres://ada:s,ecret@db1:5432/shop', '/var/run/postgresql shop', 'postgres:///shop?host=/tmp', 'shop'])(
		'%s is left to the driver as it is',
		(connection) => {
			expect(parseHosts(connection)).toEqual({
				configs: [{ connectionString: connection }],
				mustTakeWrites: false,
			});
		},
	);

	it('of a client is left to the driver as it is', () => {
		expect(parseHosts({ host: '::1', port: 1 })).toEqual({
			configs: [{ host: '::1', port: 1 }],
			mustTakeWrites: false,
		});
		expect(parseHosts({})).toEqual({ configs: [{}], mustTakeWrites: false });
	});
});

describe('target_session_attrs', () => {
	it.each([
		['read-write', true],
		['primary', true],
		['any', false],
	])('%s: takes writes %s, with one host or several', (target, mustTakeWrites) => {
		expect(parseHosts(`postgres://db1/x?target_session_attrs=${target}`)).toMatchObject({ mustTakeWrites });
		expect(parseHosts(`postgres://db1,db2/x?target_session_attrs=${target}`)).toMatchObject({ mustTakeWrites });
	});

	it.each(['standby', 'read-only', 'prefer-standby', 'READ-WRITE', ''])(
		'%s cannot work, and that is said',
		(target) => {
			expect(() => parseHosts(`postgres://db1,db2/x?target_session_attrs=${target}`)).toThrow('target_session_attrs');
		},
	);
});

describe('a list of hosts that cannot work', () => {
	it.each(['postgres://ada:secret@db1,,db2/x', 'postgres://ada:secret@db1,db2:port/x', 'postgres://ada:secret@,db2/x'])(
		'%s is refused, and the password not shown',
		(connection) => {
			const error: unknown = (() => {
				try {
					return parseHosts(connection);
				} catch (thrown) {
					return thrown;
				}
			})();

			expect(isCommandBusError(error, 'configuration')).toBe(true);
			expect(String(error)).not.toContain('secret');
		},
	);

	it.each(['db1,', 'db1,db2:port', 'db1,db2:1:2'])('%s as the host of a client is refused', (host) => {
		expect(() => parseHosts({ host })).toThrow('is not a host');
	});
});
