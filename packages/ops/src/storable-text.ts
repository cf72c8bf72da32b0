/** Text that PostgreSQL can keep and compare: refused here, it never becomes a driver's error. */
import { findJsonProblem } from '@cb/core';
import { z } from 'zod';

/** Not empty, not longer than `maxLength`, without U+0000 and lone surrogates. `what` names it in messages. */
export function storableText(what: string, maxLength: number): z.ZodString {
	return bounded(z.string(`${what} is required`), what, maxLength);
}

/** The same, trimmed: for what people type. */
export function typedText(what: string, maxLength: number): z.ZodString {
	return bounded(z.string(`${what} is required`).trim(), what, maxLength);
}

function bounded(text: z.ZodString, what: string, maxLength: number): z.ZodString {
	return text
		.min(1, `${what} must not be blank`)
		.max(maxLength, `${what} has up to ${String(maxLength)} characters`)
		.refine((value) => findJsonProblem(value) === undefined, `${what} contains characters that cannot be stored`);
}
