/**
 * A command definition: what a sender and a handler agree on. One frozen object that both import, so the compiler checks that what is
 * sent is what is handled.
 */
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { z } from 'zod';
import { DefinitionInvalidError } from '../errors.ts';
import { CommandTypeSchema, DomainSchema } from '../model/ids.ts';
import type { JsonValue } from '../model/json.ts';
import { RetryOptionsSchema } from '../model/retry-policy.ts';
import type { PartialRetryPolicy, RetryOptions } from '../model/retry-policy.ts';
import { pathText } from '../path-text.ts';

/** `DataInput` is what a sender passes, `Data` what a handler gets; `ResultInput` is what a handler returns, `Result` what is stored. */
export interface CommandDefinition<
	DataInput = unknown,
	Data = unknown,
	ResultInput = unknown,
	Result extends JsonValue = JsonValue,
> {
	readonly domain: string;
	readonly type: string;
	readonly data: StandardSchemaV1<DataInput, Data>;
	/** Absent: any JSON value may be returned, and `undefined` is stored as null. */
	readonly result: StandardSchemaV1<ResultInput, Result> | undefined;
	readonly retry: PartialRetryPolicy;
}

export interface CommandDefinitionOptions<DataInput, Data> {
	/** The bounded context whose workers handle it. */
	readonly domain: string;
	/** Unique in its domain. */
	readonly type: string;
	/**
	 * Any Standard Schema (zod, valibot, arktype, …). What is stored and delivered is its output, which is checked by the same schema again
	 * when a worker receives it: a schema that transforms must accept what it made.
	 */
	readonly data: StandardSchemaV1<DataInput, Data>;
	/** Wins over the worker's default; the handler's registration and the send win over it. */
	readonly retry?: RetryOptions | undefined;
}

/** What a handler without a result schema may return: any JSON value, or nothing at all. */
// eslint-disable-next-line @typescript-eslint/no-invalid-void-type -- `async () => { … }` without a return is a handler, too
export type AnyResult = JsonValue | undefined | void;

/**
 * Defines a command. Throws `DefinitionInvalidError` for an illegal domain, type, schema or retry policy.
 *
 * @example
 * const DebitAccount = defineCommand({ domain: 'payments', type: 'DebitAccount', data: z.object({ account: z.string(), cents: z.int() }) });
 */
export function defineCommand<DataInput, Data>(
	options: CommandDefinitionOptions<DataInput, Data> & { readonly result?: undefined },
): CommandDefinition<DataInput, Data, AnyResult>;
export function defineCommand<DataInput, Data, ResultInput, Result extends JsonValue>(
	options: CommandDefinitionOptions<DataInput, Data> & { readonly result: StandardSchemaV1<ResultInput, Result> },
): CommandDefinition<DataInput, Data, ResultInput, Result>;
export function defineCommand(
	options: CommandDefinitionOptions<unknown, unknown> & {
		readonly result?: StandardSchemaV1<unknown, JsonValue> | undefined;
	},
): CommandDefinition {
	const parsed = DefinitionSchema.safeParse(options);
	if (!parsed.success) throw invalid(options.type, parsed.error);
	const { domain, type, retry } = parsed.data;
	return Object.freeze({
		domain,
		type,
		data: options.data,
		result: options.result,
		retry: Object.freeze(retry ?? {}),
	});
}

const SchemaSchema = z.custom<StandardSchemaV1>(isStandardSchema, 'is not a Standard Schema');

const DefinitionSchema = z.strictObject({
	domain: DomainSchema,
	type: CommandTypeSchema,
	data: SchemaSchema,
	result: SchemaSchema.optional(),
	retry: RetryOptionsSchema.optional(),
});

/** Schemas may be objects or functions (arktype's are). */
function isStandardSchema(value: unknown): boolean {
	if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return false;
	return '~standard' in value;
}

function invalid(type: string, error: z.ZodError): DefinitionInvalidError {
	const problems = error.issues.map(({ path, message }) => `${pathText(path)}: ${message}`).join('; ');
	return new DefinitionInvalidError(`The definition of command "${type}" cannot work: ${problems}.`, { cause: error });
}
