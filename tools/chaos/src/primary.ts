/** The server that has the database of a run: the first one and, after a failover, the standby that was promoted. Whoever asks later is told the new one. */
import type { RestartableServer, SmallTablespace } from '@cb/test-postgres';

export interface DatabaseServer {
	readonly server: RestartableServer;
	/** Where the tables of the run lie, when that is a filesystem that can be filled. */
	readonly disk?: SmallTablespace | undefined;
}

export interface Primary extends DatabaseServer {
	/** The database of the run, as superuser. */
	readonly databaseUrl: string;
	/** The same as the role of the children. */
	readonly applicationUrl: string;
	/** The same on every server that has the database or a copy of it, which is what clients know. */
	readonly applicationUrls: readonly string[];
	/** The tables of the run have been moved there. */
	hasMovedTo(disk: SmallTablespace): void;
	/** Clients know that one, too. */
	hasStandby(standby: DatabaseServer): void;
	/** That one is the primary from now on. */
	isFollowedBy(standby: DatabaseServer): void;
}

export interface PrimaryUrls {
	/** As superuser, on the first server. */
	readonly databaseUrl: string;
	/** As the role of the children. */
	readonly applicationUrl: string;
}

export function createPrimary(first: RestartableServer, urls: PrimaryUrls): Primary {
	let now: DatabaseServer = { server: first };
	const servers = [first];
	return {
		get server() {
			return now.server;
		},
		get disk() {
			return now.disk;
		},
		get databaseUrl() {
			return onServer(urls.databaseUrl, now.server);
		},
		get applicationUrl() {
			return onServer(urls.applicationUrl, now.server);
		},
		get applicationUrls() {
			return servers.map((server) => onServer(urls.applicationUrl, server));
		},
		hasMovedTo(disk) {
			now = { ...now, disk };
		},
		hasStandby({ server }) {
			servers.push(server);
		},
		isFollowedBy(standby) {
			now = standby;
		},
	};
}

/** `postgres://…@127.0.0.1:5432,127.0.0.1:5433/…` of URLs that differ in nothing else; it is no URL for `URL`. */
export function connectionOf(urls: readonly string[]): string {
	const [first = ''] = urls;
	const hosts = urls.map((url) => new URL(url).host);
	return first.replace(`@${new URL(first).host}/`, `@${hosts.join(',')}/`);
}

function onServer(url: string, { port }: RestartableServer): string {
	const other = new URL(url);
	other.port = String(port);
	return other.href;
}
