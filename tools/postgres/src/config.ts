/** The only place that reads the environment. */

/** The server that tests and demos shall use instead of an embedded one. */
export function configuredDatabaseUrl(): string | undefined {
	const url = process.env['CB_DATABASE_URL'];
	return url === undefined || url === '' ? undefined : url;
}

/** Little enough that no setting of the caller (locale, PGDATA, NODE_OPTIONS, …) reaches the server. */
export function supervisorEnvironment(): NodeJS.ProcessEnv {
	return { PATH: process.env['PATH'], TMPDIR: process.env['TMPDIR'] };
}
