/** Opens the port, and closes it without cutting off who is being served. */
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { ConfigurationError } from '@cb/core';
import type { OpenAPIHono } from '@hono/zod-openapi';
import { once } from 'node:events';

export interface HttpServer {
	readonly url: string;
	/** Accepts no more connections, and resolves when the last request was answered. */
	close(): Promise<void>;
}

export async function startHttp(
	app: OpenAPIHono,
	{ host, port }: { readonly host: string; readonly port: number },
): Promise<HttpServer> {
	const answer = getRequestListener(app.fetch);
	const listener = (request: IncomingMessage, response: ServerResponse): void => {
		void answer(request, response);
	};
	const server = createServer({ requestTimeout: 10_000 }, listener);
	server.listen(port, host);
	try {
		await once(server, 'listening');
	} catch (error) {
		throw new ConfigurationError(
			`Port ${String(port)} of ${host} cannot be opened. Choose another: CB_DEMO_PORT=0 takes any.`,
			{
				cause: error,
			},
		);
	}
	return {
		url: urlOf(host, server.address()),
		async close() {
			const closed = once(server, 'close');
			server.close();
			server.closeIdleConnections();
			await closed;
		},
	};
}

function urlOf(host: string, address: AddressInfo | string | null): string {
	const port = typeof address === 'object' && address !== null ? `:${String(address.port)}` : '';
	return `http://${host.includes(':') ? `[${host}]` : host}${port}`;
}
