/** Facts of our port in the names of OpenTelemetry's conventions for messaging, and under `cb.` where those have no name. */
import type { Attributes } from '@opentelemetry/api';
import type { TracedWork } from '../ports/telemetry.ts';

const operationTypes = { producer: 'send', consumer: 'process', internal: undefined } as const;

export function spanAttributes({ kind, name, attributes: about }: TracedWork): Attributes {
	return defined({
		'messaging.system': 'pgmq',
		'messaging.operation.type': operationTypes[kind],
		'messaging.operation.name': name.split(' ')[0],
		'messaging.destination.name': about.queue,
		'messaging.message.id': about.commandId,
		'messaging.message.conversation_id': about.correlationId,
		'messaging.batch.message_count': about.count,
		'cb.domain': about.domain,
		'cb.command.type': about.commandType,
		'cb.command.attempt': about.attempt,
		'cb.process.type': about.processType,
		'cb.process.id': about.processId,
	});
}

function defined(attributes: Readonly<Record<string, string | number | undefined>>): Attributes {
	return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined));
}
