/** The options of a reply router, and the only place where their defaults live. */
import { z } from 'zod';
import { DomainSchema, parseConfiguration } from '@cb/core';
import type { Backend, Logger, Telemetry } from '@cb/core';
import { registerDefinitions } from '../definition-registry.ts';
import type { DefinitionRegistry } from '../definition-registry.ts';
import type { ProcessDefinition } from '../process-definition.ts';

export interface ReplyRouterOptions<Tx = unknown> {
	readonly backend: Backend<Tx>;
	/** Whose process reply queue it works off. One router per domain and program is enough; more of them share the work. */
	readonly domain: string;
	/** Every type of process that lives in this domain. An answer for another type waits, and is set aside in the end. */
	readonly definitions: readonly ProcessDefinition[];
	/** Sets of answers under way at a time: one is decided while another is stored. Each takes one connection meanwhile. @default 2 */
	readonly concurrency?: number | undefined;
	/** Answers in a set, at most. @default 200 */
	readonly batchSize?: number | undefined;
	/** An answer that was not stored in this time is delivered again. @default 30 */
	readonly leaseSeconds?: number | undefined;
	/** How often to look when nothing says that there is an answer. @default 1,000 */
	readonly pollIntervalMs?: number | undefined;
	/** After so many deliveries an answer that cannot be handled is set aside for operators. @default 5 */
	readonly maxReplyAttempts?: number | undefined;
	/** How long such an answer waits for its next delivery. @default 10 */
	readonly retryDelaySeconds?: number | undefined;
	/** How long an answer for an unknown process is delivered again before it is set aside, at least. @default 60 */
	readonly unknownProcessGraceSeconds?: number | undefined;
	/** How often an answer is decided anew at once when its process moved on meanwhile. @default 10 */
	readonly maxStaleRetries?: number | undefined;
	/** Largest payload of a command, in bytes of JSON. @default 1 MiB */
	readonly maxPayloadBytes?: number | undefined;
	/** How long `stop` waits for the answers in flight. @default 30,000 */
	readonly stopTimeoutMs?: number | undefined;
	/** Not ready after failing to reach the store for so long. @default 30,000 */
	readonly unhealthyAfterMs?: number | undefined;
	/** Whether `start` creates the domain if it does not exist. @default false */
	readonly createDomain?: boolean | undefined;
	/** Whether to listen for new answers; without, polling finds them. @default true */
	readonly useWakeSignal?: boolean | undefined;
	readonly telemetry?: Telemetry | undefined;
	/** @default silent */
	readonly logger?: Logger | undefined;
}

const count = (maximum: number): z.ZodNumber => z.number().int().min(1).max(maximum);
const mebibyte = 1_048_576;

const RouterSettingsSchema = z.strictObject({
	domain: DomainSchema,
	concurrency: count(16).default(2),
	batchSize: count(1_000).default(200),
	leaseSeconds: z.number().min(1).max(43_200).default(30),
	pollIntervalMs: z.number().min(1).max(3_600_000).default(1_000),
	maxReplyAttempts: count(1_000).default(5),
	retryDelaySeconds: z.number().positive().max(86_400).default(10),
	unknownProcessGraceSeconds: z.number().min(0).max(86_400).default(60),
	maxStaleRetries: count(1_000).default(10),
	maxPayloadBytes: count(64 * mebibyte).default(mebibyte),
	stopTimeoutMs: z.number().min(0).max(86_400_000).default(30_000),
	unhealthyAfterMs: z.number().min(0).max(86_400_000).default(30_000),
	createDomain: z.boolean().default(false),
	useWakeSignal: z.boolean().default(true),
});

/** Everything that is a number or a name, parsed. */
export type RouterSettings = z.output<typeof RouterSettingsSchema>;

/** What everything inside a router works with. */
export interface RouterParts<Tx = unknown> {
	readonly backend: Backend<Tx>;
	readonly definitions: DefinitionRegistry;
	readonly settings: RouterSettings;
	readonly telemetry: Telemetry | undefined;
	readonly logger: Logger | undefined;
}

/** Throws `ConfigurationError` naming what cannot work. */
export function parseRouterOptions<Tx>(options: ReplyRouterOptions<Tx>): RouterParts<Tx> {
	const { backend, definitions, telemetry, logger, ...said } = options;
	const settings = parseConfiguration(RouterSettingsSchema, said, `Reply router of "${options.domain}"`);
	return { backend, definitions: registerDefinitions(definitions), settings, telemetry, logger };
}
