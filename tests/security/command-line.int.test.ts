/** Whatever is typed after `cb`: it is done, or refused with an exit code, a sentence and no changed row, and the terminal is left alone. */
import { createCommandBus } from '@cb/core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { exitCodes } from '../../apps/cli/src/exit-code.ts';
import { createProgram } from '../../apps/cli/src/program.ts';
import { createInProcess } from '../../apps/cli/test/in-process.ts';
import { linesFor } from './src/lines.ts';
import { Anything, parkTen } from './src/park-ten.ts';
import { domain, everythingIn } from './src/target.ts';

const FailureSchema = z.object({ error: z.looseObject({ code: z.string().min(1), message: z.string().min(1) }) });
const known = new Set<number>(Object.values(exitCodes));
/** Everything that moves a cursor, changes a colour or hides text. */
// eslint-disable-next-line no-control-regex -- these are looked for
const control = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/u;

const cb = createInProcess();
await cb.subject.backend.domains.create(domain);
const bus = createCommandBus(cb.subject.backend);
const parked = await parkTen({ bus, backend: cb.subject.backend });
const waiting = await bus.send(Anything, {}, { delaySeconds: 3_600 });

const program = createProgram({
	stdout: process.stdout,
	stderr: process.stderr,
	execute: () => Promise.resolve(),
	hasColors: () => false,
});
const lines = linesFor(program, {
	domain: [domain],
	type: ['Anything'],
	commandId: [...parked.map(({ commandId }) => commandId), waiting.commandId],
	reason: ['because'],
	data: ['{"order": 1}', 'null'],
	limit: ['5'],
	older: ['30d'],
});

it('2.10 any command line is done or refused, by exit code and by name, and what is refused changes nothing', async () => {
	const codes = new Map<number, number>();
	let before = await everythingIn(cb.subject);

	await fc.assert(
		fc.asyncProperty(lines, async (words) => {
			const { exitCode, stdout, stderr } = await cb.run(words, { stdin: '{}' });
			const after = await everythingIn(cb.subject);

			expect(known).toContain(exitCode);
			expect(exitCode, stderr).not.toBe(exitCodes.unexpected);
			expect(`${stdout}${stderr}`).not.toMatch(control);
			if (isRefusal(exitCode) && words.includes('--json')) {
				expect(FailureSchema.parse(JSON.parse(stdout)).error.code).not.toMatch(/^(store|unexpected)$/);
			}
			if (isRefusal(exitCode)) expect(after).toEqual(before);
			before = after;
			codes.set(exitCode, (codes.get(exitCode) ?? 0) + 1);
		}),
		{ numRuns: 1_000 },
	);

	expect(codes.get(exitCodes.ok)).toBeGreaterThan(50);
	expect(codes.get(exitCodes.usage)).toBeGreaterThan(100);
});

/** Others tell of what was found, or of what was done in part. */
function isRefusal(exitCode: number): boolean {
	return ![exitCodes.ok, exitCodes.warning, exitCodes.critical, exitCodes.notDone, exitCodes.timedOut].includes(
		exitCode as never,
	);
}
