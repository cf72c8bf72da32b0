/** The moves of operators. */
import type { ActOutcome, OperatorAct, OperatorRequest } from '@cb/core';
import type { Move } from '../move.ts';
import { act as modelAct, diffOf } from '../semantics/operator-moves.ts';
import type { Act, ActResult } from '../semantics/operator-moves.ts';
import type { LastAct } from '../semantics/world.ts';
import { domain } from '../stage.ts';
import type { Stage } from '../stage.ts';

export function act(wanted: Act): Move {
	return {
		text: actText(wanted),
		predict: (world) => [modelAct(world, wanted)],
		perform: async (stage) => resultOf(stage, await stage.backend.troubleshooting.act(requestOf(stage, wanted))),
	};
}

function actText(wanted: Act): string {
	const { operator, action, command, keepAttempts, amendment, suppressReply, expectedVersion, requestId } = wanted;
	const facts = [
		keepAttempts ? ['keeping attempts'] : [],
		amendment === undefined ? [] : ['amended'],
		suppressReply ? ['without reply'] : [],
		expectedVersion === undefined ? [] : [`at version ${expectedVersion}`],
		requestId === undefined ? [] : [`as ${requestId}`],
	].flat();
	return [`${operator}: ${action} ${command}`, ...facts].join(', ');
}

function requestOf({ names }: Stage, wanted: Act): OperatorRequest {
	const { action, command, operator, reason, expectedVersion, requestId, suppressReply, keepAttempts } = wanted;
	const { amendment, result } = wanted;
	const base = {
		...{ domain, reason, expectedVersion, requestId },
		commandId: names.idOf(command),
		operator: { id: operator, kind: 'human' },
	} as const;
	switch (action) {
		case 'retry':
			return {
				...{ ...base, action, keepAttempts },
				amendment: amendment === undefined ? undefined : { data: amendment, diff: diffOf(amendment) },
			};
		case 'cancel':
			return { ...base, action, suppressReply };
		case 'complete':
			return { ...base, action, result, suppressReply };
	}
}

function resultOf({ names }: Stage, outcome: ActOutcome): ActResult | { readonly kind: string } {
	switch (outcome.kind) {
		case 'done': {
			const { kind, status, version, generation, isRepeated, batchId } = outcome;
			const batch = typeof batchId === 'string' ? names.nameOf(batchId) : null;
			return { kind, status, version, generation, batch, isRepeated };
		}
		case 'not-parked': {
			const { kind, status } = outcome;
			return { kind, status, lastAct: lastActOf(outcome.lastAct) };
		}
		case 'version-conflict': {
			const { kind, status, version } = outcome;
			return { kind, status, version, lastAct: lastActOf(outcome.lastAct) };
		}
		case 'not-found':
		case 'payload-missing':
		case 'reply-queue-not-found':
			return { kind: outcome.kind };
	}
}

function lastActOf(last: OperatorAct | undefined): LastAct | null {
	return last === undefined ? null : { action: last.action, operator: last.operator.id, reason: last.reason };
}
