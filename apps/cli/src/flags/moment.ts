import { InvalidArgumentError } from 'commander';
import { spanInSeconds } from './number.ts';

const isoMoment = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?)?$/u;

/**
 * A parser for points in time: ISO 8601 (a date alone begins at midnight UTC, a time without zone is local), or a span that
 * reaches back from now (`2h`, `7d`).
 */
export function moment(text: string): Date {
	if (/^\d+(?:\.\d+)?[smhd]$/u.test(text)) return new Date(Date.now() - spanInSeconds(text) * 1_000);
	const at = new Date(isoMoment.test(text) ? text.replace(' ', 'T') : Number.NaN);
	if (!Number.isNaN(at.getTime()) && isDay(text.slice(0, 10))) return at;
	throw new InvalidArgumentError(
		'It must be a time such as 2026-03-01, 2026-03-01T09:15:00Z, or a span back from now such as 2h.',
	);
}

/** `Date` takes the 30th of February for the 2nd of March. */
function isDay(date: string): boolean {
	return new Date(date).toISOString().startsWith(date);
}
