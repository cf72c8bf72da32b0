/** One act on a target: at once on one command, after confirmation on several. */
import { requireConsent } from '../confirm.ts';
import type { Context } from '../context.ts';
import { findCommandDefinitions } from '../definitions/command-definitions.ts';
import type { Result } from '../result.ts';
import { actOnMatching } from './bulk.ts';
import { openTroubleshooting } from './open.ts';
import { actText, participles, perform } from './perform.ts';
import type { Act } from './perform.ts';
import { actOnSeveral } from './several.ts';
import type { Target } from './target.ts';

export async function actOn(context: Context, target: Target, act: Act): Promise<Result> {
	if (target.kind !== 'one') requireConsent(context, act.flags);
	const tsq = await openTroubleshooting(context, await findCommandDefinitions(context, act.flags));
	switch (target.kind) {
		case 'one': {
			const { expectedVersion, requestId } = act.flags;
			const result = await perform(tsq, act, { ...target.address, expectedVersion, requestId });
			return { data: result, text: () => actText(result, participles[act.action.action]) };
		}
		case 'several':
			return actOnSeveral(context, { tsq, act, addresses: target.addresses });
		case 'matching':
			return actOnMatching(context, { tsq, act, filter: target.filter });
	}
}
