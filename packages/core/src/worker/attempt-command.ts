/** Runs a handler to its end, whatever that is. */
import type { Command } from '../handling/handler.ts';
import type { RegisteredHandler } from '../handling/handler-registry.ts';
import { messageOf } from '../handling/describe-error.ts';
import { storableResult } from '../handling/storable-result.ts';
import type { ReceivedCommand } from '../model/command-record.ts';
import { domainQueues } from '../model/ids.ts';
import type { JsonValue } from '../model/json.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import { traced } from '../safe-telemetry.ts';
import type { RunningContext } from './handler-context.ts';
import type { LeasedCommand } from './leased-command.ts';

export type HandlerEnd =
	| { readonly kind: 'returned'; readonly result: JsonValue }
	| { readonly kind: 'thrown'; readonly thrown: unknown }
	/** Its transaction has completed the command; `contradiction` says what it did afterwards that says otherwise. */
	| { readonly kind: 'completed'; readonly contradiction: string | undefined };

export interface Attempt<Tx> {
	readonly leased: LeasedCommand<Tx>;
	readonly registered: RegisteredHandler<Tx>;
	readonly context: RunningContext<Tx>;
	/** The payload, validated. */
	readonly data: unknown;
}

/** Never rejects. A transaction that the handler began and did not wait for is waited for here: how it ends is how the handler ends. */
export async function attemptCommand<Tx>(telemetry: Telemetry | undefined, attempt: Attempt<Tx>): Promise<HandlerEnd> {
	const { context, registered } = attempt;
	try {
		const returned = await handle(telemetry, attempt);
		const completion = context.hasTransaction ? await context.completion() : undefined;
		if (completion === undefined) {
			const storing = storableResult(registered.definition, returned);
			return { kind: 'returned', result: storing instanceof Promise ? await storing : storing };
		}
		const isSame = returned === undefined || returned === completion.result;
		return { kind: 'completed', contradiction: isSame ? undefined : 'the handler returned another result' };
	} catch (thrown) {
		// A transaction that fails, too, leaves the handler's own failure standing.
		const completion = context.hasTransaction ? await context.completion().catch(() => undefined) : undefined;
		if (completion === undefined) return { kind: 'thrown', thrown };
		return { kind: 'completed', contradiction: `the handler threw: ${messageOf(thrown)}` };
	}
}

function handle<Tx>(telemetry: Telemetry | undefined, { leased, registered, context, data }: Attempt<Tx>): unknown {
	const command = commandOf(leased.command, data);
	if (telemetry?.trace === undefined) return registered.handle(command, context);
	const { facts } = leased;
	return traced(telemetry, {
		headers: command.headers,
		work: {
			name: `handle ${facts.commandType}`,
			kind: 'consumer',
			attributes: { ...facts, queue: domainQueues(facts.domain).commands },
		},
		run: async () => await registered.handle(command, context),
	});
}

function commandOf(received: ReceivedCommand, data: unknown): Command {
	return {
		data,
		domain: received.domain,
		commandId: received.commandId,
		commandType: received.commandType,
		correlationId: received.correlationId,
		causationId: received.causationId,
		replyTo: received.replyTo,
		batchId: received.batchId,
		generation: received.generation,
		headers: received.headers,
		createdAt: received.createdAt,
	};
}
