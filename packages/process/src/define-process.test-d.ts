import { describe, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import { defineCommand } from '@cb/core';
import type { JsonValue } from '@cb/core';
import { defineProcess } from './define-process.ts';
import type { ProcessDefinition } from './process-definition.ts';
import type { ProcessManager } from './process-manager.ts';
import { given, playProcess, succeeds } from './testing/index.ts';

const Render = defineCommand({
	domain: 'reports',
	type: 'Render',
	data: z.object({ account: z.string(), copies: z.int().default(1) }),
	result: z.object({ file: z.string() }),
});
const Delete = defineCommand({ domain: 'reports', type: 'Delete', data: z.object({ file: z.string() }) });

const facts = {
	type: 'Statement',
	domain: 'reports',
	input: z.object({ account: z.string(), urgent: z.boolean().default(false) }),
	state: z.object({ account: z.string(), file: z.string().nullable() }),
} as const;
const renderStep = {
	definition: Render,
	command: ({ account }: { readonly account: string }) => ({ data: { account } }),
} as const;

const Statement = defineProcess({
	...facts,
	initialState: (input) => {
		expectTypeOf(input).toEqualTypeOf<{ account: string; urgent: boolean }>();
		return { account: input.account, file: null };
	},
	first: 'RENDER',
	steps: {
		RENDER: {
			definition: Render,
			command: (state) => {
				expectTypeOf(state).toEqualTypeOf<{ account: string; file: string | null }>();
				return { data: { account: state.account }, options: { delaySeconds: 1 } };
			},
			onReply: (state, reply) => {
				expectTypeOf(reply.data).toEqualTypeOf<{ file: string }>();
				return { ...state, file: reply.data.file };
			},
			next: (state, reply) => {
				expectTypeOf(reply.data).toEqualTypeOf<{ file: string }>();
				return state.file === reply.data.file ? 'end' : 'RENDER';
			},
			compensation: (state) => (state.file === null ? undefined : 'DELETE'),
		},
		DELETE: {
			definition: Delete,
			command: ({ file }) => ({ data: { file: file ?? '' } }),
			onReply: (state, reply) => {
				expectTypeOf(reply.data).toEqualTypeOf<JsonValue>();
				return state;
			},
		},
	},
});

declare const manager: ProcessManager<{ query(text: string): void }>;

describe('a definition', () => {
	it('knows its input, its state and the closed union of its steps', () => {
		expectTypeOf(Statement).toExtend<
			ProcessDefinition<
				{ account: string; urgent?: boolean | undefined },
				{ account: string; file: string | null },
				'RENDER' | 'DELETE'
			>
		>();
		expectTypeOf(Statement.steps[0]?.name).toEqualTypeOf<'RENDER' | 'DELETE' | undefined>();
	});

	it('does not compile with a first step that is not there', () => {
		defineProcess({
			...facts,
			initialState: ({ account }) => ({ account, file: null }),
			// @ts-expect-error: a typo in the name of a step
			first: 'RENDR',
			steps: { RENDER: { ...renderStep, next: 'end' } },
		});
		defineProcess({
			...facts,
			initialState: ({ account }) => ({ account, file: null }),
			// @ts-expect-error: a typo in the name of a step
			first: () => 'RENDR',
			steps: { RENDER: { ...renderStep, next: 'end' } },
		});
	});

	it('does not compile with a next step that is not there', () => {
		defineProcess({
			...facts,
			initialState: ({ account }) => ({ account, file: null }),
			first: 'RENDER',
			// @ts-expect-error: a typo in the name of a step
			steps: { RENDER: { ...renderStep, next: 'DELET' }, DELETE: { ...renderStep } },
		});
		defineProcess({
			...facts,
			initialState: ({ account }) => ({ account, file: null }),
			first: 'RENDER',
			// @ts-expect-error: a typo in the name of a step
			steps: { RENDER: { ...renderStep, next: () => 'DELET' } },
		});
		defineProcess({
			...facts,
			initialState: ({ account }) => ({ account, file: null }),
			first: 'RENDER',
			// @ts-expect-error: a typo in the name of a step
			steps: { RENDER: { ...renderStep, next: { oneOf: ['end', 'DELET'], choose: () => 'end' } } },
		});
	});

	it('does not compile with a compensation that is not there', () => {
		defineProcess({
			...facts,
			initialState: ({ account }) => ({ account, file: null }),
			first: 'RENDER',
			// @ts-expect-error: a typo in the name of a step
			steps: { RENDER: { ...renderStep, next: 'end', compensation: 'DELET' }, DELETE: { ...renderStep } },
		});
		defineProcess({
			...facts,
			initialState: ({ account }) => ({ account, file: null }),
			first: 'RENDER',
			// @ts-expect-error: a typo in the name of a step
			steps: { RENDER: { ...renderStep, next: 'end', compensation: () => 'DELET' }, DELETE: { ...renderStep } },
		});
	});

	it('does not compile with data that is not the command’s', () => {
		defineProcess({
			...facts,
			initialState: ({ account }) => ({ account, file: null }),
			first: 'RENDER',
			steps: {
				RENDER: {
					definition: Render,
					// @ts-expect-error: the account is a text
					command: () => ({ data: { account: 7 } }),
					next: 'end',
				},
			},
		});
	});

	it('does not compile with a state that is not the schema’s', () => {
		defineProcess({
			...facts,
			// @ts-expect-error: the file is missing
			initialState: ({ account }) => ({ account }),
			first: 'RENDER',
			steps: { RENDER: { ...renderStep, next: 'end' } },
		});
		defineProcess({
			...facts,
			initialState: ({ account }) => ({ account, file: null }),
			first: 'RENDER',
			// @ts-expect-error: the file is a text
			steps: { RENDER: { ...renderStep, onReply: (state) => ({ ...state, file: 7 }), next: 'end' } },
		});
	});
});

describe('a manager', () => {
	it('starts with the input of the definition and a transaction of the backend', () => {
		void manager.start(Statement, { account: 'a' });
		void manager.start(Statement, { account: 'a', urgent: true }, { tx: { query: () => undefined } });
		// @ts-expect-error: the account is a text
		void manager.start(Statement, { account: 7 });
		// @ts-expect-error: not a transaction of this backend
		void manager.start(Statement, { account: 'a' }, { tx: 'BEGIN' });
		// @ts-expect-error: a list of inputs
		void manager.startMany(Statement, { account: 'a' });
	});
});

describe('the test kit', () => {
	it('knows the steps and the state', () => {
		const state = { account: 'a', file: null };
		given(Statement, state)
			.when('RENDER', succeeds({ file: 'f' }))
			.then({ status: 'COMPLETED', sends: [] });
		// @ts-expect-error: a typo in the name of a step
		given(Statement, state).when('RENDR', succeeds());
		// @ts-expect-error: not the state of this process
		given(Statement, { account: 'a' });
		playProcess(Statement, { account: 'a' }, { RENDER: succeeds({ file: 'f' }) });
		// @ts-expect-error: a typo in the name of a step
		playProcess(Statement, { account: 'a' }, { RENDR: succeeds() });
	});
});
