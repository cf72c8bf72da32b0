/** The proxy of tools/postgres in front of a test's database. */
import { openTcpProxy } from '@cb/test-postgres';
import type { TcpProxy } from '@cb/test-postgres';
import { onTestFinished } from 'vitest';

/** Closed when the test ends. */
export async function openProxy(databaseUrl: string): Promise<TcpProxy> {
	const proxy = await openTcpProxy(databaseUrl);
	onTestFinished(() => proxy.close());
	return proxy;
}
