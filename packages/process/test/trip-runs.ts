/** Trips on their way: parked, compensating, and a shorter process that records which of its functions were called. */
import { z } from 'zod';
import type { ProcessDefinition, ReplyRouter } from '../src/index.ts';
import type { StepRecord } from '@cb/core';
import { createReplyRouter, defineProcess } from '../src/index.ts';
import { BookHotel, SendMail, Trip } from './trip.ts';
import { openWorld } from './world.ts';
import type { Work, World } from './world.ts';

interface Run {
	readonly world: World;
	readonly processId: string;
}

/** A process whose mail is parked: hotel, flight and card are done. */
export async function parkedAtMail(definition = Trip): Promise<Run> {
	const world = await openWorld({ definitions: [definition] });
	const { processId } = await world.manager.start(definition, { traveller: 'Ada' });
	await world.run({ SendMail: { parks: 'NO_ADDRESS' } });
	return { world, processId };
}

/** The same, canceled by the operator: the refund is on its way. */
export async function compensating(definition = Trip): Promise<Run> {
	const parked = await parkedAtMail(definition);
	await parked.world.operate(parked.processId, 'MAIL', { action: 'cancel', reason: 'no such traveller' });
	return parked;
}

export async function undoRecords({
	world,
	processId,
}: Run): Promise<readonly Pick<StepRecord, 'step' | 'undoes' | 'status'>[]> {
	const { steps } = await world.load(processId);
	return steps.filter(({ kind }) => kind === 'undo').map(({ step, undoes, status }) => ({ step, undoes, status }));
}

export async function restartedRouter(world: World): Promise<ReplyRouter> {
	const router = createReplyRouter({ backend: world.backend, domain: 'trips', definitions: [Trip] });
	await router.start();
	await world.settle();
	return router;
}

/** First → second → last; the last one is parked and canceled. */
export async function canceledAtLast({
	compensation,
	calls = [],
}: {
	readonly compensation: 'UNDO_SECOND' | ((state: { readonly count: number }) => 'UNDO_SECOND' | undefined) | undefined;
	readonly calls?: string[];
}): Promise<Run & { readonly definition: ProcessDefinition }> {
	const to = { to: 'Ada' };
	const isNamed = compensation !== undefined;
	const definition = defineProcess({
		type: 'Short',
		domain: 'trips',
		input: z.object({}),
		state: z.object({ count: z.number() }),
		initialState: () => ({ count: 0 }),
		first: 'FIRST',
		steps: {
			FIRST: {
				definition: SendMail,
				command: () => ({ data: to }),
				onReply: (state) => {
					calls.push('onReply');
					return { count: state.count + 1 };
				},
				next: () => {
					calls.push('next');
					return 'SECOND';
				},
				compensation: 'UNDO_FIRST',
			},
			SECOND: { definition: SendMail, command: () => ({ data: to }), next: 'LAST', compensation },
			LAST: { definition: BookHotel, command: () => ({ data: { traveller: 'Ada' } }), next: 'end' },
			UNDO_FIRST: { definition: SendMail, command: () => ({ data: to }) },
			...(isNamed ? { UNDO_SECOND: { definition: SendMail, command: () => ({ data: to }) } } : {}),
		},
	});
	const world = await openWorld({ definitions: [definition] });
	const { processId } = await world.manager.start(definition, {});
	const parks: Work = { parks: 'BROKEN' };
	await world.run({ BookHotel: parks });
	await world.operate(processId, 'LAST', { action: 'cancel', reason: 'given up' });
	return { definition, world, processId };
}
