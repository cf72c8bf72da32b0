/** The Troubleshooting Queue of the demo: what operators may do, in code and over HTTP. */
import type { CommandDefinition } from '@cb/core';
import { createTroubleshootingQueue, roleAuthorizer } from '@cb/ops';
import type { TroubleshootingQueue } from '@cb/ops';
import { createTroubleshootingHttp } from '@cb/ops/http';
import type { HttpHandler } from '@cb/ops/http';
import { CreditAccount, DebitAccount, RefundAccount } from '../payments/commands.ts';
import type { Engine } from '../runtime/engine.ts';
import { operatorOf } from './operators.ts';
import type { OperatorTable } from './operators.ts';

/** Amended payloads and results of operators are checked against these. */
const definitions: readonly CommandDefinition[] = [DebitAccount, CreditAccount, RefundAccount];

export const troubleshootingPath = '/tsq';

export function createDemoQueue(
	{ backend, telemetry }: Pick<Engine, 'backend' | 'telemetry'>,
	operators: OperatorTable,
): TroubleshootingQueue {
	return createTroubleshootingQueue(backend, { authorize: roleAuthorizer(operators), definitions, telemetry });
}

export function troubleshootingHttp(
	engine: Pick<Engine, 'backend' | 'telemetry'>,
	operators: OperatorTable,
): HttpHandler {
	return createTroubleshootingHttp({
		queue: createDemoQueue(engine, operators),
		authenticate: (request) => operatorOf(operators, request.headers.get('authorization')),
		basePath: troubleshootingPath,
		telemetry: engine.telemetry,
	});
}
