/** What callers of a process manager may say, and the only place where its defaults live. */
import { z } from 'zod';
import { DomainSchema, IdSchema, MessageHeadersSchema, TimeSchema, findJsonProblem, processStatuses } from '@cb/core';
import type { MessageHeaders, Operator, ProcessFilter, Telemetry } from '@cb/core';

export interface ProcessManagerOptions {
	readonly telemetry?: Telemetry | undefined;
	/** Largest payload of a command, in bytes of JSON. @default 1 MiB */
	readonly maxPayloadBytes?: number | undefined;
	/** How often an override is decided anew when the process moved on meanwhile. @default 5 */
	readonly maxStaleRetries?: number | undefined;
}

export interface StartOptions<Tx = unknown> {
	/** A transaction of yours: the process exists if it commits, and not otherwise. */
	readonly tx?: Tx | undefined;
	/** Unique per process type: a repeated start returns the process that has it. Up to 200 characters. */
	readonly businessKey?: string | undefined;
	/** A UUID of yours makes the start idempotent. @default a new UUID, version 7 */
	readonly processId?: string | undefined;
	/** Carried with the first command, and on with every answer. Keys that begin with `cb_` are reserved. */
	readonly headers?: MessageHeaders | undefined;
}

export interface StartManyOptions<Tx = unknown> {
	readonly batch?:
		| {
				/** @default a new UUID, version 7 */
				readonly batchId?: string | undefined;
				readonly name?: string | undefined;
		  }
		| undefined;
	readonly tx?: Tx | undefined;
	readonly headers?: MessageHeaders | undefined;
}

/** Who overrides, and why: both are required and stay in the trail. */
export interface OverrideOptions {
	readonly operator: Operator;
	readonly reason: string;
	/** The override happens only while the process is at this version. */
	readonly expectedVersion?: number | undefined;
}

const mebibyte = 1_048_576;

export const ManagerSettingsSchema = z.strictObject({
	maxPayloadBytes: z
		.number()
		.int()
		.min(1)
		.max(64 * mebibyte)
		.default(mebibyte),
	maxStaleRetries: z.number().int().min(0).max(100).default(5),
});
export type ManagerSettings = z.output<typeof ManagerSettingsSchema>;

const isStorable = (text: string): boolean => findJsonProblem(text) === undefined;

const storableText = (maxLength: number): z.ZodType<string> =>
	z
		.string()
		.min(1)
		.max(maxLength)
		.refine((text) => text.trim() !== '', 'must not be blank')
		.refine(isStorable, 'contains text PostgreSQL cannot store');

/** What is looked for and not stored: nothing has a name that cannot be stored. */
const wantedText = z.string().refine(isStorable, 'contains text that no store has');

export const StartOptionsSchema = z.strictObject({
	businessKey: storableText(200).optional(),
	processId: IdSchema.optional(),
	headers: MessageHeadersSchema.optional(),
});

export const StartManyOptionsSchema = z.strictObject({
	batch: z.strictObject({ batchId: IdSchema.optional(), name: storableText(200).optional() }).prefault({}),
	headers: MessageHeadersSchema.optional(),
});

export const OverrideOptionsSchema = z.strictObject({
	operator: z.strictObject({ id: storableText(200), kind: z.enum(['human', 'service']).optional() }),
	reason: storableText(4_000),
	expectedVersion: z.int32().optional(),
});

export const ProcessFilterSchema: z.ZodType<ProcessFilter> = z.strictObject({
	processType: wantedText.optional(),
	domain: DomainSchema.optional(),
	statuses: z.array(z.enum(processStatuses)).readonly().optional(),
	batchId: IdSchema.optional(),
	text: wantedText.optional(),
	createdFrom: TimeSchema.optional(),
	createdTo: TimeSchema.optional(),
});
