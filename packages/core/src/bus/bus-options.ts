/** The only place where the defaults of a bus live. */
import { z } from 'zod';
import { parseConfiguration } from '../parse-input.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import type { CommandBusOptions } from './command-bus.ts';
import type { CoalescingOptions } from './send-coalescer.ts';

export interface BusLimits {
	readonly maxPayloadBytes: number;
	readonly coalescing: CoalescingOptions;
}

export interface ParsedBusOptions extends BusLimits {
	readonly telemetry: Telemetry | undefined;
}

/** Throws `ConfigurationError` naming what cannot work. */
export function parseBusOptions({ telemetry, ...options }: CommandBusOptions): ParsedBusOptions {
	return { ...parseConfiguration(BusOptionsSchema, options, 'Command bus'), telemetry };
}

const mebibyte = 1_048_576;

/** PostgreSQL takes a `jsonb` of 255 MiB at most, and a set of commands travels as one. */
const maxSetBytes = 64 * mebibyte;

const BusOptionsSchema = z.strictObject({
	maxPayloadBytes: z.number().int().min(1).max(maxSetBytes).default(mebibyte),
	coalescing: z
		.strictObject({
			maxInFlight: z.number().int().min(1).max(16).default(2),
			maxSize: z.number().int().min(1).max(10_000).default(500),
			maxBytes: z
				.number()
				.int()
				.min(1)
				.max(maxSetBytes)
				.default(4 * mebibyte),
		})
		.prefault({}),
});
