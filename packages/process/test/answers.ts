/** Answers made by hand, for what no command would send. */
import type { JsonObject } from '@cb/core';
import { domain, required } from './world.ts';
import type { World } from './world.ts';

export const unknownId = '01990000-0000-7000-8000-000000000000';

/** A sound reply to the command that a process waits for, with some fields replaced. */
export async function replyTo(world: World, processId: string, fields: JsonObject = {}): Promise<JsonObject> {
	const { steps } = await world.load(processId);
	const step = required(steps.at(-1), 'step');
	return {
		kind: 'reply',
		reply_id: unknownId,
		command_id: step.commandId,
		command_type: step.commandType,
		domain,
		correlation_id: processId,
		generation: 1,
		outcome: 'SUCCESS',
		data: { reference: 'X-1' },
		error: null,
		completed_at: new Date(0).toISOString(),
		...fields,
	};
}

export function without(body: JsonObject, ...keys: readonly string[]): JsonObject {
	return Object.fromEntries(Object.entries(body).filter(([key]) => !keys.includes(key)));
}

/** Long enough for every redelivery of an answer in trouble. */
export async function untilSetAside(world: World): Promise<void> {
	for (let delivery = 0; delivery < 20; delivery++) await world.elapseSeconds(11);
}
