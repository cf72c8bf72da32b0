import type { Command, HandlerContext } from '@cb/core';
import type { Queryable } from '@cb/pg';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { noFailures } from '../src/failures/failure-rates.ts';
import { createReportHandlers } from '../src/reporting/handlers.ts';
import { openStatementFiles } from '../src/reporting/statement-files.ts';
import { namesOf } from '../src/reporting/statement-name.ts';

let directory: string;

beforeEach(() => {
	directory = mkdtempSync(join(tmpdir(), 'cb-demo-render-'));
});

afterEach(() => {
	rmSync(directory, { recursive: true, force: true });
});

const wanted = new AbortController().signal;
const commandId = randomUUID();
const namesOfAttempt = (attempt: number): readonly string[] => namesOf({ commandId, generation: 1, attempt });
const left = async (): Promise<readonly string[]> => (await openStatementFiles(directory).rendered.list()).toSorted();

/** One attempt at the same command, with a handler of its own, as another worker would run it. */
async function render(attempt: number, signal: AbortSignal, rates = noFailures): Promise<void> {
	const simulation = { seed: '', rates: { default: rates }, minDurationMs: 0, maxDurationMs: 0, hangMs: 0 };
	const database: Queryable = { query: () => Promise.resolve({ rows: [] }) };
	const handlers = createReportHandlers(simulation, { files: openStatementFiles(directory), database });
	const command: Command = {
		domain: 'reporting',
		commandId,
		commandType: 'RenderStatement',
		data: { title: 'Statement', totals: [] },
		correlationId: commandId,
		causationId: null,
		replyTo: null,
		batchId: null,
		generation: 1,
		headers: {},
		createdAt: new Date(),
	};
	const refuse = (): Promise<never> => Promise.reject(new Error('Nothing is sent or stored in this test.'));
	const silent = (): void => undefined;
	const context: HandlerContext<Queryable> = {
		attempt,
		maxAttempts: 3,
		isRedelivered: attempt > 1,
		workerId: 'test',
		signal,
		logger: { debug: silent, info: silent, warn: silent, error: silent },
		extendLease: refuse,
		send: refuse,
		transaction: refuse,
	};
	await handlers.find('reporting', 'RenderStatement')?.handle(command, context);
}

describe('an attempt to render', () => {
	it('leaves its files when it counts', async () => {
		await render(1, wanted);

		expect(await left()).toEqual(namesOfAttempt(1).toSorted());
	});

	it('leaves nothing when it is refused or no longer wanted', async () => {
		await expect(render(1, wanted, { ...noFailures, permanent: 100 })).rejects.toThrow();
		await expect(render(1, AbortSignal.abort())).rejects.toThrow();

		expect(await left()).toEqual([]);
	});

	it('takes away what a killed attempt before it has left', async () => {
		await render(1, wanted);

		await expect(render(2, wanted, { ...noFailures, permanent: 100 })).rejects.toThrow();

		expect(await left()).toEqual([]);
	});

	it('never touches the files of the attempt that took its place', async () => {
		await render(2, wanted);

		await expect(render(1, AbortSignal.abort())).rejects.toThrow();
		await render(1, wanted);

		expect(await left()).toEqual([...namesOfAttempt(1), ...namesOfAttempt(2)].toSorted());
	});
});
