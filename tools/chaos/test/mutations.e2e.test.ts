/** The checks are proven: each of these defects, made on purpose, is found by the check that is there for it. `npm run chaos -- --mutations` makes more. */
import { afterAll, beforeAll, describe, it } from 'vitest';
import { mutations } from '../src/mutations/index.ts';
import { runMutation } from '../src/mutations/run-mutation.ts';
import { openGround } from './short-form.ts';
import type { Ground } from './short-form.ts';

const timeoutMs = 300_000;

let ground: Ground;

beforeAll(async () => {
	ground = await openGround({ max_connections: 400 });
});

afterAll(async () => {
	await ground.server.close();
});

describe.concurrent('is found by the checks:', { timeout: timeoutMs }, () => {
	it.for(mutations.filter(({ isForLongRuns = false }) => !isForLongRuns))('$name', async (mutation, { expect }) => {
		const { violations } = await runMutation(ground, mutation);

		expect(violations.map(({ damage, name }) => ({ damage, check: name }))).toContainEqual(mutation.caughtBy);
	});
});
