/** Everything that can be set from outside, parsed once. The only reader of the environment. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ConfigurationError } from '@cb/core';
import { roles } from '@cb/ops';
import { z } from 'zod';
import { FailureRatesSchema, failureKinds, noFailures } from './failures/failure-rates.ts';
import type { FailureRates } from './failures/failure-rates.ts';
import type { OperatorTable } from './operating/operators.ts';

/** `permanent/transient/businessRule/timeout` in percent; kinds left out at the end are 0. */
const RatesTextSchema = z.string().transform((text, context): FailureRates => {
	const numbers = text.split('/').map(Number);
	const entries = failureKinds.map((kind, index) => [kind, numbers[index] ?? 0] as const);
	const parsed = FailureRatesSchema.safeParse(Object.fromEntries(entries));
	if (numbers.length <= failureKinds.length && parsed.success) return parsed.data;
	context.addIssue('rates are up to four percentages, permanent/transient/businessRule/timeout, such as 5/10/2/1');
	return z.NEVER;
});

/** `default=1/5/1/0.5,CreditAccount=0/10`. */
const RatesByTypeSchema = z
	.string()
	.transform((text) => Object.fromEntries(text.split(',').filter(Boolean).map(nameAndValue)))
	.pipe(z.record(z.string().min(1), RatesTextSchema))
	.transform((rates) => ({ ...rates, default: rates['default'] ?? noFailures }));

const number = (fallback: number): z.ZodDefault<z.ZodCoercedNumber> => z.coerce.number().default(fallback);

const root = fileURLToPath(new URL('../../..', import.meta.url));

const EnvironmentSchema = z.object({
	CB_DATABASE_URL: z.string().min(1).optional(),
	CB_DEMO_HOST: z.string().default('127.0.0.1'),
	CB_DEMO_PORT: number(3000).pipe(z.int().min(0).max(65_535)),
	CB_DEMO_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
	CB_DEMO_LOG_FORMAT: z.enum(['text', 'json']).default('text'),
	CB_DEMO_CONCURRENCY: number(20).pipe(z.int().min(1).max(1_000)),
	CB_DEMO_LEASE_SECONDS: number(30).pipe(z.number().min(1)),
	CB_DEMO_MAX_RUN_SECONDS: number(5).pipe(z.number().positive()),
	CB_DEMO_MAX_ATTEMPTS: number(3).pipe(z.int().min(1)),
	CB_DEMO_BACKOFF_SECONDS: z
		.string()
		.default('1/5/15')
		.transform((text) => text.split('/').map(Number))
		.pipe(z.array(z.number().min(0)).min(1)),
	CB_DEMO_UNHEALTHY_AFTER_MS: number(5_000).pipe(z.int().min(0)),
	CB_DEMO_FAILURES: z.string().default('default=2/5/2/0.5').pipe(RatesByTypeSchema),
	CB_DEMO_DURATION_MS: z
		.string()
		.default('20/200')
		.transform((text) => text.split('/').map(Number))
		.pipe(z.tuple([z.number().min(0), z.number().min(0)])),
	CB_DEMO_SEED: z.string().default('demo'),
	CB_DEMO_TRANSFERS_PER_SECOND: number(2).pipe(z.number().min(0).max(1_000)),
	CB_DEMO_OPERATORS: z
		.string()
		.default('alice=admin,bob=operator,eve=viewer')
		.transform((text) => Object.fromEntries(text.split(',').filter(Boolean).map(nameAndValue)))
		.pipe(z.record(z.string(), z.enum(roles))),
	CB_DEMO_TRACES_URL: z.url().optional(),
	CB_DEMO_DATA_DIRECTORY: z.string().default(`${root}.data`),
	CB_DEMO_STATEMENTS_DIRECTORY: z.string().optional(),
	CB_DEMO_RETENTION_SECONDS: number(30 * 86_400).pipe(z.number().min(0).max(3_153_600_000)),
	CB_DEMO_SHUTDOWN_MS: number(15_000).pipe(z.int().min(100)),
});

export interface DemoConfig {
	/** An existing server; without, an embedded one is started. */
	readonly databaseUrl: string | undefined;
	readonly http: { readonly host: string; readonly port: number };
	readonly log: { readonly level: LogLevel; readonly format: 'text' | 'json' };
	readonly worker: {
		readonly concurrency: number;
		readonly leaseSeconds: number;
		readonly maxRunSeconds: number;
		readonly maxAttempts: number;
		readonly backoffSeconds: readonly number[];
		readonly unhealthyAfterMs: number;
	};
	readonly failures: Readonly<Record<string, FailureRates>> & { readonly default: FailureRates };
	readonly minDurationMs: number;
	readonly maxDurationMs: number;
	readonly seed: string;
	/** Sample traffic of `serve`. */
	readonly transfersPerSecond: number;
	/** Who may work parked commands off. */
	readonly operators: OperatorTable;
	/** An OTLP endpoint for traces, such as http://localhost:4318/v1/traces. */
	readonly tracesUrl: string | undefined;
	/** Where the embedded server and the connection file live: below the root of the repository, ignored by git. */
	readonly dataDirectory: string;
	/** Where the files of the statement reports lie; the same for every process that works on them. */
	readonly statementsDirectory: string;
	/** How long stays what is over. */
	readonly retentionSeconds: number;
	readonly shutdownMs: number;
}

type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

type Setting = keyof z.input<typeof EnvironmentSchema>;

/** Throws `ConfigurationError` naming every variable that cannot work. */
export function readConfig(environment: Readonly<Record<string, string | undefined>> = process.env): DemoConfig {
	const parsed = EnvironmentSchema.safeParse(withoutEmpty(environment));
	if (!parsed.success) {
		const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
		throw new ConfigurationError(`The demo cannot start: ${problems}.`, { cause: parsed.error });
	}
	const said = parsed.data;
	const [minDurationMs, maxDurationMs] = said.CB_DEMO_DURATION_MS;
	return {
		databaseUrl: said.CB_DATABASE_URL,
		http: { host: said.CB_DEMO_HOST, port: said.CB_DEMO_PORT },
		log: { level: said.CB_DEMO_LOG_LEVEL, format: said.CB_DEMO_LOG_FORMAT },
		worker: {
			concurrency: said.CB_DEMO_CONCURRENCY,
			leaseSeconds: said.CB_DEMO_LEASE_SECONDS,
			maxRunSeconds: said.CB_DEMO_MAX_RUN_SECONDS,
			maxAttempts: said.CB_DEMO_MAX_ATTEMPTS,
			backoffSeconds: said.CB_DEMO_BACKOFF_SECONDS,
			unhealthyAfterMs: said.CB_DEMO_UNHEALTHY_AFTER_MS,
		},
		failures: said.CB_DEMO_FAILURES,
		minDurationMs,
		maxDurationMs,
		seed: said.CB_DEMO_SEED,
		transfersPerSecond: said.CB_DEMO_TRANSFERS_PER_SECOND,
		operators: said.CB_DEMO_OPERATORS,
		tracesUrl: said.CB_DEMO_TRACES_URL,
		dataDirectory: said.CB_DEMO_DATA_DIRECTORY,
		statementsDirectory: said.CB_DEMO_STATEMENTS_DIRECTORY ?? join(said.CB_DEMO_DATA_DIRECTORY, 'statements'),
		retentionSeconds: said.CB_DEMO_RETENTION_SECONDS,
		shutdownMs: said.CB_DEMO_SHUTDOWN_MS,
	};
}

export type Settings = Readonly<Partial<Record<Setting, string>>>;

/** An environment for this or another process: what is said outside wins over `defaults`, `overrides` win over everything. */
export function layeredEnvironment(defaults: Settings, overrides: Settings): NodeJS.ProcessEnv {
	return { ...defaults, ...process.env, ...overrides };
}

function nameAndValue(text: string): readonly [string, string] {
	const [name = '', value = ''] = text.split('=');
	return [name.trim(), value.trim()];
}

/** A variable that is set to nothing is one that is not set. */
function withoutEmpty(environment: Readonly<Record<string, string | undefined>>): Record<string, string | undefined> {
	return Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
}
