/** Faults of the server itself, one after the other: it is restarted, crashes, fails over, has no room, and gets a new version. */
import { canMount } from '@cb/test-postgres';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { diskFull } from '../src/scenarios/disk-full.ts';
import { failover } from '../src/scenarios/failover.ts';
import { migration } from '../src/scenarios/migration.ts';
import { restartFast } from '../src/scenarios/restart-fast.ts';
import { restartImmediate } from '../src/scenarios/restart-immediate.ts';
import { expectInvariants, openGround } from './short-form.ts';
import type { Ground } from './short-form.ts';

let ground: Ground;

beforeAll(async () => {
	ground = await openGround();
});

afterAll(async () => {
	await ground.server.close();
});

it('S3 the server is shut down and started again', async () => {
	await expectInvariants(expect, { ground, scenario: restartFast, seconds: 4 });
});

it('S3 S11 the server stops at once and recovers', async () => {
	await expectInvariants(expect, { ground, scenario: restartImmediate, seconds: 4 });
});

it('S3 S11 the primary is killed, and everybody finds the standby that was promoted', async () => {
	await expectInvariants(expect, { ground, scenario: failover, seconds: 3 });
});

it('S8 the next version migrates while this one runs, and both work side by side', async () => {
	await expectInvariants(expect, { ground, scenario: migration, seconds: 5 });
});

it('the disk is full, and then it is not any more; where nothing can be mounted, it says so', async () => {
	const run = expectInvariants(expect, { ground, scenario: diskFull, seconds: 4 });

	if (canMount()) await run;
	else await expect(run).rejects.toThrow('may not mount');
});
