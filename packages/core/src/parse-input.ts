/** The one way input is parsed at the edge: a schema, and an error that names the field. Inside, types are trusted. */
import type { z } from 'zod';
import { ConfigurationError, InvalidArgumentError } from './errors.ts';
import type { Issue } from './errors.ts';
import { pathText } from './path-text.ts';

/** Parses an argument of one call. Throws `InvalidArgumentError` naming what is wrong with `subject`. */
export function parseArgument<Output>(schema: z.ZodType<Output>, value: unknown, subject: string): Output {
	const parsed = schema.safeParse(value);
	if (parsed.success) return parsed.data;
	const issues = issuesOf(parsed.error);
	throw new InvalidArgumentError(`${subject} is not valid: ${issueText(issues)}.`, issues, { cause: parsed.error });
}

/** Parses options that are given once. Throws `ConfigurationError`. */
export function parseConfiguration<Output>(schema: z.ZodType<Output>, value: unknown, subject: string): Output {
	const parsed = schema.safeParse(value);
	if (parsed.success) return parsed.data;
	throw new ConfigurationError(`${subject}: ${issueText(issuesOf(parsed.error))}.`, { cause: parsed.error });
}

/** One line that tells every issue with its place. */
export function issueText(issues: readonly Issue[]): string {
	return issues.map(({ path, message }) => (path === '$' ? message : `${path}: ${message}`)).join('; ');
}

function issuesOf(error: z.ZodError): readonly Issue[] {
	return error.issues.map(({ path, message }) => ({ path: pathText(path), message }));
}
