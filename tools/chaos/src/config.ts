/** The only place that touches the environment. */

/**
 * Chaos terminates connections, stops servers and fills disks: it never uses the server that tests and demos may be told to use, but always one
 * of its own.
 */
export function useOwnServer(): void {
	delete process.env['CB_DATABASE_URL'];
}
