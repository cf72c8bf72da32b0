/**
 * Where a database may be: one server, or several of which one takes writes at a time. Connection strings follow libpq
 * (`postgres://user@db1:5432,db2:5433/shop?target_session_attrs=read-write`), which the driver does not.
 */
import { ConfigurationError } from '@cb/core';
import type { ClientConfig } from 'pg';

export interface ParsedHosts {
	/** The client's configuration for each host, in the order in which they are tried. Never empty. */
	readonly configs: readonly [ClientConfig, ...ClientConfig[]];
	/** Whether a server is good only when it takes writes. */
	readonly mustTakeWrites: boolean;
}

/** Throws `ConfigurationError` for a list that cannot work. It never shows the password. */
export function parseHosts(connection: string | ClientConfig): ParsedHosts {
	const config = typeof connection === 'string' ? { connectionString: connection } : connection;
	if (config.connectionString !== undefined) return ofConnectionString(config, config.connectionString);
	if (config.host?.includes(',') !== true) return { configs: [config], mustTakeWrites: false };
	const configs = config.host.split(',').map((host) => ({ ...config, ...hostAndPort(host) }));
	return severalHosts(configs, null);
}

/** What comes before the hosts of a connection string, the hosts, and the rest. */
const urlParts = /^(postgres(?:ql)?:\/\/(?:[^/?#]*@)?)([^/?#@]*)(.*)$/su;

function ofConnectionString(config: ClientConfig, connectionString: string): ParsedHosts {
	const [, start = '', hosts = '', rest = ''] = urlParts.exec(connectionString) ?? [];
	const target = new URLSearchParams(/\?[^#]*/u.exec(rest)?.[0]).get('target_session_attrs');
	const names = hosts.split(',');
	if (names.length === 1) return { configs: [config], mustTakeWrites: target !== null && isWritable(target) };
	const configs = names.map((name) => ({ ...config, connectionString: urlWith(name, { start, rest }) }));
	return severalHosts(configs, target);
}

function urlWith(host: string, { start, rest }: { readonly start: string; readonly rest: string }): string {
	const url = `${start}${host}${rest}`;
	if (host === '' || !URL.canParse(url)) throw noHost(host);
	return url;
}

function severalHosts([first, ...others]: readonly ClientConfig[], target: string | null): ParsedHosts {
	if (first === undefined) throw noHost('');
	return { configs: [first, ...others], mustTakeWrites: target === null || isWritable(target) };
}

/** `db1`, `db1:5433` or `[::1]:5433`. */
function hostAndPort(text: string): Pick<ClientConfig, 'host' | 'port'> {
	const { host = '', port } = /^(?<host>\[[^\]]*\]|[^:]*)(?::(?<port>\d+))?$/u.exec(text.trim())?.groups ?? {};
	if (host === '') throw noHost(text);
	return { host: host.replace(/^\[(.*)\]$/u, '$1'), ...(port !== undefined && { port: Number(port) }) };
}

/** What `target_session_attrs` asks for: a server that takes writes, or just any. */
function isWritable(target: string): boolean {
	if (target === 'read-write' || target === 'primary') return true;
	if (target === 'any') return false;
	throw new ConfigurationError(
		`target_session_attrs=${target}: commands are written, so only read-write, primary or any can work.`,
	);
}

function noHost(text: string): ConfigurationError {
	return new ConfigurationError(
		`"${text}" in a list of hosts is not a host with an optional port, such as db1:5432,db2:5432.`,
	);
}
