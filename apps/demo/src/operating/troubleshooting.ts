/** The Troubleshooting Queue of the demo: what operators may do, in code and over HTTP. */
import { createTroubleshootingQueue, roleAuthorizer } from '@cb/ops';
import type { TroubleshootingQueue } from '@cb/ops';
import { createTroubleshootingHttp } from '@cb/ops/http';
import type { HttpHandler } from '@cb/ops/http';
import { commandDefinitions } from '../processes/catalogue.ts';
import type { Engine } from '../runtime/engine.ts';
import { operatorOf } from './operators.ts';
import type { OperatorTable } from './operators.ts';

export const troubleshootingPath = '/tsq';

function createDemoQueue(
	{ backend, telemetry }: Pick<Engine, 'backend' | 'telemetry'>,
	operators: OperatorTable,
): TroubleshootingQueue {
	const authorize = roleAuthorizer(operators);
	return createTroubleshootingQueue(backend, { authorize, definitions: commandDefinitions, telemetry });
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
