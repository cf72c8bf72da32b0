import { describe, expect, it } from 'vitest';
import { combineTelemetry } from './combine-telemetry.ts';
import type { Telemetry } from './ports/telemetry.ts';
import { createRecordedTelemetry } from './test-support/recorded-telemetry.ts';

const work = { name: 'handle Debit', kind: 'consumer', attributes: { domain: 'payments' } } as const;
const event = { kind: 'commands-sent', domain: 'payments', count: 1, durationMs: 1 } as const;

function broken(): never {
	throw new TypeError('telemetry is broken');
}

function tracing(name: string, said: string[]): Telemetry {
	return {
		emit: () => undefined,
		carry: () => ({ traceparent: name, [name]: 'yes' }),
		async trace(_headers, _work, run) {
			said.push(`${name} begins`);
			const result = await run();
			said.push(`${name} ends`);
			return result;
		},
	};
}

describe('several listeners as one', () => {
	it('tells each of them, also when one throws', () => {
		const first = createRecordedTelemetry();
		const last = createRecordedTelemetry();

		combineTelemetry(first, { emit: broken }, last).emit(event);

		expect([first.events, last.events]).toEqual([[event], [event]]);
	});

	it('carries the headers of all, the last one winning', () => {
		const combined = combineTelemetry(tracing('a', []), { emit: broken, carry: broken }, tracing('b', []));

		expect(combined.carry?.()).toEqual({ traceparent: 'b', a: 'yes', b: 'yes' });
	});

	it('runs the work once, inside the span of each', async () => {
		const said: string[] = [];
		const combined = combineTelemetry(tracing('a', said), { emit: broken, trace: broken }, tracing('b', said));

		const result = await combined.trace?.({}, work, () => {
			said.push('work');
			return Promise.resolve('done');
		});

		expect(result).toBe('done');
		expect(said).toEqual(['a begins', 'b begins', 'work', 'b ends', 'a ends']);
	});

	it('does not trace when none does', () => {
		expect(combineTelemetry(createRecordedTelemetry())).toEqual({ emit: expect.any(Function) as unknown });
	});
});
