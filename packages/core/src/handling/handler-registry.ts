/** One handler per command type, with the retry policy it was registered with. */
import { z } from 'zod';
import type { CommandDefinition } from '../bus/define-command.ts';
import { HandlerAlreadyRegisteredError } from '../errors.ts';
import { RetryOptionsSchema } from '../model/retry-policy.ts';
import type { PartialRetryPolicy, RetryOptions } from '../model/retry-policy.ts';
import { parseConfiguration } from '../parse-input.ts';
import type { Command, Handler, HandlerContext } from './handler.ts';

/** A command type without a handler: park it, or put it back for another version of the service, at most `maxDeferrals` times. */
export type UnknownTypePolicy = 'park' | { readonly deferSeconds: number; readonly maxDeferrals: number };

export interface HandlersOptions {
	/**
	 * What becomes of a command whose type has no handler here. `'park'`: to the Troubleshooting Queue, code HANDLER_NOT_FOUND. Deferring suits
	 * rolling deploys, where an older worker may see what only a newer one handles; no attempt is counted. @default 'park'
	 */
	readonly onUnknownType?: UnknownTypePolicy | undefined;
}

export interface HandlerOptions {
	/** Wins over the definition's and the worker's; the send's wins over it. */
	readonly retry?: RetryOptions | undefined;
}

/** A handler without its types: its data has passed the definition's schema before it is called. */
export interface RegisteredHandler<Tx = unknown> {
	readonly definition: CommandDefinition;
	readonly retry: PartialRetryPolicy;
	handle(command: Command, context: HandlerContext<Tx>): unknown;
}

/** The looking side of a registry: what a worker needs. Handlers that use no transaction fit workers on any backend. */
export interface HandlerLookup<Tx = unknown> {
	readonly onUnknownType: UnknownTypePolicy;
	find(domain: string, commandType: string): RegisteredHandler<Tx> | undefined;
	/** In order of registration. */
	inDomain(domain: string): readonly RegisteredHandler<Tx>[];
}

export interface Handlers<Tx = unknown> extends HandlerLookup<Tx> {
	/** Registers the handler of a command. Throws `HandlerAlreadyRegisteredError` for a second one. Returns itself. */
	on<Data, ResultInput>(
		definition: CommandDefinition<unknown, Data, ResultInput>,
		handler: Handler<Data, NoInfer<ResultInput>, Tx>,
		options?: HandlerOptions,
	): Handlers<Tx>;
}

/** Makes an empty registry; one may serve workers of several domains. Throws `ConfigurationError` for options that cannot work. */
export function createHandlers<Tx = unknown>(options: HandlersOptions = {}): Handlers<Tx> {
	const { onUnknownType } = parseConfiguration(HandlersOptionsSchema, options, 'Handlers');
	const byType = new Map<string, RegisteredHandler<Tx>>();
	const handlers: Handlers<Tx> = {
		onUnknownType,
		on(definition, handler, handlerOptions = {}) {
			const key = keyOf(definition.domain, definition.type);
			if (byType.has(key)) throw new HandlerAlreadyRegisteredError(definition.domain, definition.type);
			const { retry } = parseConfiguration(HandlerOptionsSchema, handlerOptions, `Handler of "${definition.type}"`);
			byType.set(key, { definition, retry: { ...definition.retry, ...retry }, handle: handler });
			return handlers;
		},
		find: (domain, commandType) => byType.get(keyOf(domain, commandType)),
		inDomain: (domain) => [...byType.values()].filter(({ definition }) => definition.domain === domain),
	};
	return handlers;
}

const HandlersOptionsSchema = z.strictObject({
	onUnknownType: z
		.union([
			z.literal('park'),
			z.strictObject({ deferSeconds: z.number().min(0).max(86_400), maxDeferrals: z.number().int().min(1) }),
		])
		.default('park'),
});

const HandlerOptionsSchema = z.strictObject({ retry: RetryOptionsSchema.optional() });

/** A domain holds no space, so no two pairs share a key. */
function keyOf(domain: string, commandType: string): string {
	return `${domain} ${commandType}`;
}
