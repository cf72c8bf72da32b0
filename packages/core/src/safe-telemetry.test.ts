import { describe, expect, it } from 'vitest';
import { carriedHeaders, emit, traced } from './safe-telemetry.ts';

const broken = (): never => {
	throw new TypeError('telemetry is broken');
};
const work = { name: 'work', kind: 'internal', attributes: { domain: 'payments' } } as const;

describe('telemetry that is broken', () => {
	it('is ignored', () => {
		expect(() => {
			emit({ emit: broken }, { kind: 'commands-sent', domain: 'payments', count: 1, durationMs: 1 });
		}).not.toThrow();
		expect(carriedHeaders({ emit: broken, carry: broken })).toEqual({});
	});

	it.each([
		['before the work', broken],
		['after the work', (run: () => Promise<unknown>) => run().then(broken)],
		['without running it', () => Promise.resolve()],
		['after running it twice', (run: () => Promise<unknown>) => run().then(run)],
	])('lets the work run exactly once, also when it fails %s', async (_when, behave) => {
		let runs = 0;
		const telemetry = {
			emit: broken,
			trace: async <Result>(_headers: object, _work: object, run: () => Promise<Result>): Promise<Result> => {
				await behave(run);
				return run();
			},
		};

		const result = await traced(telemetry, { headers: {}, work, run: () => Promise.resolve((runs += 1)) });

		expect([result, runs]).toEqual([1, 1]);
	});

	it('delays nothing when it hangs on after the work', async () => {
		const telemetry = {
			emit: broken,
			trace: async <Result>(_headers: object, _work: object, run: () => Promise<Result>): Promise<Result> => {
				await run();
				return new Promise(() => undefined);
			},
		};

		expect(await traced(telemetry, { headers: {}, work, run: () => Promise.resolve('done') })).toBe('done');
	});

	it('does not hide the failure of the work', async () => {
		const run = (): Promise<never> => Promise.reject(new RangeError('of the work'));
		const telemetry = { emit: broken, trace: broken };

		await expect(traced(telemetry, { headers: {}, work, run })).rejects.toThrow('of the work');
	});
});
