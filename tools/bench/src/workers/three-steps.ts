/** A process of three steps that do nothing: what is measured is the engine. */
import { defineCommand } from '@cb/core';
import { defineProcess } from '@cb/process';
import { z } from 'zod';

export const Step = defineCommand({ domain: 'bench', type: 'Step', data: z.object({ number: z.number() }) });

const step = { definition: Step, command: (state: { readonly number: number }) => ({ data: state }) };

export const ThreeSteps = defineProcess({
	type: 'ThreeSteps',
	domain: 'bench',
	input: z.object({ number: z.number() }),
	state: z.object({ number: z.number() }),
	initialState: (input) => input,
	first: 'ONE',
	steps: {
		ONE: { ...step, next: 'TWO' },
		TWO: { ...step, next: 'THREE' },
		THREE: { ...step, next: 'end' },
	},
});
