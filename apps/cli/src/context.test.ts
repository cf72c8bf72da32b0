import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createContext, wantsColor } from './context.ts';
import type { Context, Environment, GlobalFlags } from './context.ts';
import { createOutput } from './output.ts';
import { postgresServices } from './services.ts';

let directory: string;

beforeEach(() => {
	directory = mkdtempSync(join(tmpdir(), 'cb-context-'));
});

afterEach(() => {
	rmSync(directory, { recursive: true });
});

function environmentWith(part: Partial<Environment>): Environment {
	return {
		databaseUrl: undefined,
		operator: undefined,
		noColor: false,
		forceColor: false,
		demoConnectionFile: join(directory, 'connection.json'),
		demoDefinitionsFile: join(directory, 'definitions.js'),
		...part,
	};
}

function contextOf(part: Partial<Environment>, flags: Partial<GlobalFlags> = {}): Context {
	const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
	const output = createOutput({ stdout, stderr, isJson: false, isDebug: false, wantsColor: () => false });
	return createContext({
		output,
		stdin,
		stderr,
		signal: new AbortController().signal,
		services: postgresServices,
		environment: environmentWith(part),
		flags: { color: true, ...flags },
	});
}

function writeDemoFile(content: unknown): void {
	writeFileSync(join(directory, 'connection.json'), typeof content === 'string' ? content : JSON.stringify(content));
}

const demoUrl = 'postgres://demo/demo';
const ownUrl = 'postgres://own/own';
const flagUrl = 'postgresql://flag/flag';

/** Above what Linux, macOS and Windows give to processes by default. */
const noProcess = 99_999_999;

describe('the connection', () => {
	it('is taken from the flag, then the environment, then the running demo', () => {
		writeDemoFile({ url: demoUrl, pid: process.pid });

		expect(contextOf({ databaseUrl: ownUrl }, { database: flagUrl }).connection()).toBe(flagUrl);
		expect(contextOf({ databaseUrl: ownUrl }).connection()).toBe(ownUrl);
		expect(contextOf({}).connection()).toBe(demoUrl);
	});

	it('is not that of a demo that was killed, and says so', () => {
		writeDemoFile({ url: demoUrl, pid: noProcess });

		expect(() => contextOf({}).connection()).toThrow('is not running any more');
	});

	it.each(['', '{', '[]', 'null', { pid: 1 }, { url: 5 }])('is not guessed from a file that holds %j', (content) => {
		writeDemoFile(content);

		expect(() => contextOf({}).connection()).toThrow('No database is named');
	});
});

describe("the demo's definitions", () => {
	it("are taken where they are built and the database is the demo's", () => {
		expect(contextOf({}).demoDefinitions()).toBeUndefined();

		writeFileSync(join(directory, 'definitions.js'), '');

		expect(contextOf({}).demoDefinitions()).toBe(join(directory, 'definitions.js'));
		expect(contextOf({ databaseUrl: ownUrl }).demoDefinitions()).toBeUndefined();
		expect(contextOf({}, { database: flagUrl }).demoDefinitions()).toBeUndefined();
	});
});

describe('the operator', () => {
	it('is taken from the flag, then the environment', () => {
		expect(contextOf({ operator: 'ada' }).operator('bob')).toEqual({ id: 'bob', kind: 'human' });
		expect(contextOf({ operator: 'ada' }).operator(undefined)).toEqual({ id: 'ada', kind: 'human' });
	});

	it('is never nobody', () => {
		expect(() => contextOf({}).operator(undefined)).toThrow('Who acts is not known');
		expect(() => contextOf({ operator: 'ada' }).operator(' ')).toThrow('Who acts is not known');
	});
});

describe('colours', () => {
	const terminal = Object.assign(new PassThrough(), { isTTY: true });
	const pipe = new PassThrough();

	it('are for terminals, or where they are forced, unless somebody says no', () => {
		expect(wantsColor(terminal, environmentWith({}), true)).toBe(true);
		expect(wantsColor(pipe, environmentWith({}), true)).toBe(false);
		expect(wantsColor(pipe, environmentWith({ forceColor: true }), true)).toBe(true);
		expect(wantsColor(terminal, environmentWith({ noColor: true, forceColor: true }), true)).toBe(false);
		expect(wantsColor(terminal, environmentWith({}), false)).toBe(false);
	});
});
