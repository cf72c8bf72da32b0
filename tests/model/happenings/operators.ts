/** What operators do to parked commands, and try to do to others. */
import fc from 'fast-check';
import { pick } from '../move.ts';
import { act } from '../moves/operators.ts';
import { anyOne, happening } from './happening.ts';

export const operate = happening(
	'operate',
	fc.record({
		one: anyOne,
		/** Whether any command will do; otherwise one that is parked. */
		isBlind: fc.constantFrom(false, false, false, true),
		action: fc.constantFrom('retry' as const, 'retry' as const, 'cancel' as const, 'complete' as const),
		operator: fc.constantFrom('ada', 'olga'),
		keepAttempts: fc.boolean(),
		amendment: fc.constantFrom(undefined, undefined, { amended: true }),
		result: fc.constantFrom(null, { byHand: true }),
		suppressReply: fc.constantFrom(false, false, true),
		versionsBehind: fc.constantFrom(undefined, undefined, 0, 0, 1),
		requestId: fc.constantFrom(undefined, undefined, 'click-1', 'click-2'),
	}),
	({ one, isBlind, versionsBehind, ...said }) =>
		(world) => {
			const all = [...world.commands.values()];
			const command = pick(isBlind ? all : all.filter(({ parked }) => parked !== null), one);
			if (command === undefined) return undefined;
			const expectedVersion = versionsBehind === undefined ? undefined : command.version - versionsBehind;
			return act({ ...said, command: command.name, reason: `${said.operator} knows why.`, expectedVersion });
		},
);
