/** A send is one span of the sender's trace, a set of sends, too: what is sent carries on from it. */
import { domainQueues } from '../model/ids.ts';
import type { Telemetry, WorkAttributes } from '../ports/telemetry.ts';
import { carriedHeaders, traced } from '../safe-telemetry.ts';
import type { CommandRequest } from './command-request.ts';

interface SentWork {
	/** Of what is sent; nothing to tell apart for a set of several types. */
	readonly name: string;
	readonly attributes: WorkAttributes;
}

export function tracedSend<Result>(
	telemetry: Telemetry | undefined,
	{ name, attributes }: SentWork,
	run: () => Promise<Result>,
): Promise<Result> {
	const work = { name: `send ${name}`, kind: 'producer', attributes } as const;
	return traced(telemetry, { headers: carriedHeaders(telemetry), work, run });
}

/** What the commands of a set have in common. */
export function workOfSet(requests: readonly CommandRequest[]): SentWork {
	const [domain = '', ...otherDomains] = new Set(requests.map(({ definition }) => definition.domain));
	const [commandType = '', ...otherTypes] = new Set(requests.map(({ definition }) => definition.type));
	const isOfOneDomain = otherDomains.length === 0 && domain !== '';
	const isOfOneType = otherTypes.length === 0 && commandType !== '';
	return {
		name: isOfOneType ? commandType : 'many',
		attributes: {
			domain: isOfOneDomain ? domain : 'several',
			queue: isOfOneDomain ? domainQueues(domain).commands : undefined,
			commandType: isOfOneType ? commandType : undefined,
			count: requests.length,
		},
	};
}
